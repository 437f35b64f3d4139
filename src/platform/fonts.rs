//! Where this system keeps fonts for scripts that the built-in ones lack.
//!
//! A short list of well-known files instead of a search through font folders: it costs nothing, and a
//! font that is not found only means that some characters show as boxes. Called by `app/fonts.rs`.

use std::path::PathBuf;

/// Larger files are not read: no font that is meant for a screen is.
const BYTES_LIMIT: u64 = 128 << 20;

/// Chinese, Japanese and Korean first, because people name files in them; then wide general fonts.
#[cfg(not(any(windows, target_os = "macos")))]
const WELL_KNOWN: [&str; 15] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-vf-fonts/NotoSansCJK-VF.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/google-noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/freefont/FreeSans.ttf",
];

#[cfg(target_os = "macos")]
const WELL_KNOWN: [&str; 6] = [
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "/System/Library/Fonts/AppleSDGothicNeo.ttc",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/System/Library/Fonts/Apple Symbols.ttf",
];

/// Relative to the folder of Windows.
#[cfg(windows)]
const WELL_KNOWN: [&str; 6] = [
    r"Fonts\msyh.ttc",
    r"Fonts\YuGothM.ttc",
    r"Fonts\malgun.ttf",
    r"Fonts\segoeui.ttf",
    r"Fonts\seguisym.ttf",
    r"Fonts\arial.ttf",
];

/// The well-known font files that this machine has, the most useful first.
pub fn fallback_files() -> Vec<PathBuf> {
    let there = |path: &PathBuf| {
        path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= BYTES_LIMIT)
    };
    WELL_KNOWN.iter().map(|name| root().join(name)).filter(there).collect()
}

/// What the names above are relative to; an absolute one stays as it is.
fn root() -> PathBuf {
    #[cfg(windows)]
    let root =
        std::env::var_os("WINDIR").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from);
    #[cfg(not(windows))]
    let root = PathBuf::from("/");
    root
}

#[cfg(test)]
mod tests {
    use super::{WELL_KNOWN, fallback_files, root};

    #[test]
    fn only_files_that_are_there_are_named_in_their_order() {
        let found = fallback_files();
        assert!(found.iter().all(|path| path.is_absolute() && path.is_file()), "{found:?}");
        let order = |path: &std::path::PathBuf| {
            WELL_KNOWN.iter().position(|name| root().join(name) == *path)
        };
        assert!(found.windows(2).all(|pair| order(&pair[0]) < order(&pair[1])), "{found:?}");
    }
}
