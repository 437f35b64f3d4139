//! Files for tests: a folder as people have them, damaged pictures, IDX files. Everything is generated.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{
    DynamicImage, GrayImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgb32FImage, RgbImage,
    Rgba, RgbaImage,
};

/// A colourful picture that differs for every `seed`: a gradient with a disc on it.
pub fn picture(width: u32, height: u32, seed: u32) -> RgbImage {
    let (w, h) = (width.max(2) as f32, height.max(2) as f32);
    let tint = |shift: u32| ((seed.wrapping_mul(2_654_435_761) >> shift) & 127) as f32;
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / w, y as f32 / h);
        let in_disc = (u - 0.5).hypot(v - 0.5) < 0.15 + tint(3) / 600.0;
        let base = [tint(1) + 100.0 * u, tint(8) + 100.0 * v, tint(15) + 60.0 * (u + v)];
        Rgb(base.map(|value| if in_disc { 255.0 - value } else { value } as u8))
    })
}

/// Encodes a picture in memory.
pub fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).expect("an encoder for the test picture");
    bytes.into_inner()
}

/// Writes bytes, making the folders around them.
pub fn write(path: impl AsRef<Path>, bytes: &[u8]) {
    let path = path.as_ref();
    fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a test folder");
    fs::write(path, bytes).expect("a test file");
}

/// What [`photo_folder`] made.
#[derive(Debug, Default)]
pub struct PhotoFolder {
    /// Files that are good pictures.
    pub good: Vec<PathBuf>,
    /// Files that look like pictures and are none.
    pub bad: Vec<PathBuf>,
}

/// Fills `dir` as somebody's folder of photos might be: mixed formats, sizes, colour types and orientations, two
/// albums as sub-folders, a few damaged files, notes and hidden files in between.
pub fn photo_folder(dir: &Path) -> PhotoFolder {
    let mut made = PhotoFolder::default();
    let mut good = |name: &str, bytes: Vec<u8>| {
        write(dir.join(name), &bytes);
        made.good.push(PathBuf::from(name));
    };
    for seed in 0..12 {
        let (width, height) = [(640, 480), (480, 640), (1024, 300), (200, 200)][seed as usize % 4];
        let album = if seed % 2 == 0 { "holiday" } else { "garden" };
        good(
            &format!("{album}/IMG_{seed:04}.JPG"),
            encoded(picture(width, height, seed), ImageFormat::Jpeg),
        );
    }
    good(
        "holiday/upright.jpg",
        with_exif_orientation(&encoded(picture(300, 200, 50), ImageFormat::Jpeg), 6),
    );
    good("holiday/screenshot.png", encoded(with_alpha(&picture(800, 600, 20)), ImageFormat::Png));
    good("garden/scan.tif", encoded(sixteen_bit(&picture(400, 300, 21)), ImageFormat::Tiff));
    good("garden/icon.gif", encoded(picture(48, 48, 22), ImageFormat::Gif));
    good("garden/sticker.webp", encoded(with_alpha(&picture(256, 256, 23)), ImageFormat::WebP));
    good("old/paint.bmp", encoded(picture(320, 200, 24), ImageFormat::Bmp));
    good("old/gray.pgm", encoded(gray(&picture(64, 80, 25)), ImageFormat::Pnm));
    good("old/palette.png", palette_png());
    good("old/is really a png.jpg", encoded(picture(90, 90, 26), ImageFormat::Png));
    let photo = encoded(picture(640, 480, 30), ImageFormat::Jpeg);
    for (name, bytes) in [
        ("holiday/half.jpg", &photo[..photo.len() / 2]),
        ("old/letter.png", b"Dear diary, this is no picture.".as_slice()),
        ("old/nothing.png", b"".as_slice()),
        ("old/bomb.png", &png_header(60_000, 60_000)),
    ] {
        write(dir.join(name), bytes);
        made.bad.push(PathBuf::from(name));
    }
    write(dir.join("notes.txt"), b"Remember the milk.");
    write(dir.join(".hidden/secret.png"), b"not looked at");
    made
}

/// The picture as gray.
pub fn gray(image: &RgbImage) -> GrayImage {
    DynamicImage::ImageRgb8(image.clone()).into_luma8()
}

/// The picture with its left half transparent.
pub fn with_alpha(image: &RgbImage) -> RgbaImage {
    RgbaImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b] = image.get_pixel(x, y).0;
        Rgba([r, g, b, if x < image.width() / 2 { 0 } else { 255 }])
    })
}

/// The picture with 16 bits a channel.
pub fn sixteen_bit(image: &RgbImage) -> ImageBuffer<Rgb<u16>, Vec<u16>> {
    ImageBuffer::from_fn(image.width(), image.height(), |x, y| {
        Rgb(image.get_pixel(x, y).0.map(|value| u16::from(value) * 257))
    })
}

/// The picture as 32-bit floats.
pub fn float(image: &RgbImage) -> Rgb32FImage {
    DynamicImage::ImageRgb8(image.clone()).into_rgb32f()
}

/// Gray with alpha.
pub fn gray_alpha(image: &RgbImage) -> ImageBuffer<LumaA<u8>, Vec<u8>> {
    let gray = gray(image);
    ImageBuffer::from_fn(image.width(), image.height(), |x, y| {
        let Luma([value]) = *gray.get_pixel(x, y);
        LumaA([value, 200])
    })
}

/// A JPEG with an EXIF block that asks for this orientation (1 to 8).
pub fn with_exif_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    // A little-endian TIFF with one entry: tag 0x0112 (orientation), type 3 (short), one value.
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(((exif.len() + 2) as u16).to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A PNG of 16×16 pixels with a palette of two colours: red on the left, blue on the right; one bit a pixel.
pub fn palette_png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(16_u32.to_be_bytes());
    header.extend(16_u32.to_be_bytes());
    header.extend([1, 3, 0, 0, 0]);
    bytes.extend(png_chunk(b"IHDR", &header));
    bytes.extend(png_chunk(b"PLTE", &[255, 0, 0, 0, 0, 255]));
    let rows = [0, 0x00, 0xff].repeat(16);
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&rows).expect("packing in memory");
    bytes.extend(png_chunk(b"IDAT", &packed.finish().expect("packing in memory")));
    bytes.extend(png_chunk(b"IEND", &[]));
    bytes
}

/// The start of an RGBA PNG that claims this size and holds next to nothing.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    bytes.extend(png_chunk(b"IHDR", &header));
    bytes.extend(png_chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]));
    bytes
}

fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    let mut bytes = (data.len() as u32).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(data);
    bytes.extend(crc.sum().to_be_bytes());
    bytes
}

/// A JPEG of this quality.
pub fn jpeg(image: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(image)
        .expect("encoding in memory");
    bytes
}

/// IDX pictures: `count` squares of `edge` pixels, all of picture `i` having the value `i % 256`.
pub fn idx_images(count: u32, edge: u32) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3];
    for number in [count, edge, edge] {
        bytes.extend(number.to_be_bytes());
    }
    for index in 0..count {
        bytes.extend(std::iter::repeat_n(index as u8, (edge * edge) as usize));
    }
    bytes
}

/// IDX labels: picture `i` has the class `i % 10`.
pub fn idx_labels(count: u32) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend(count.to_be_bytes());
    bytes.extend((0..count).map(|index| (index % 10) as u8));
    bytes
}

/// Packed as `.gz` files are.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("packing in memory");
    encoder.finish().expect("packing in memory")
}

/// A folder of real test data: `$ATELIER_TEST_DATA`, or `shared/data` beside the repository. `None`, said aloud, if
/// there is neither.
pub fn real_data(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let root = std::env::var_os("ATELIER_TEST_DATA").map_or(beside, PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(&format!(
        "no {name} in {}: set ATELIER_TEST_DATA to a folder that holds it",
        root.display()
    ));
    None
}

/// Says that a test, or a part of it, did not run. Written past the test harness, which hides the output of tests
/// that pass.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
