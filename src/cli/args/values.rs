//! Values of options that need more than a number or a path.

use std::path::PathBuf;
use std::str::FromStr;

use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use crate::protocol::Crop;

/// Reads an option whose values have names in files too, such as `gaussian`.
pub fn by_name<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let named: StrDeserializer<'_, ValueError> = text.into_deserializer();
    T::deserialize(named).map_err(|error| error.to_string().replace("unknown variant ", ""))
}

/// Reads an image size: 16, 32, 64 or 128.
pub fn image_size(text: &str) -> Result<u32, String> {
    let sizes = crate::protocol::IMAGE_SIZES;
    u32::from_str(text)
        .ok()
        .filter(|size| sizes.contains(size))
        .ok_or_else(|| "use 16, 32, 64 or 128".to_owned())
}

/// Reads a colour: `#rrggbb`.
pub fn colour(text: &str) -> Result<[u8; 3], String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6);
    let [_, red, green, blue] =
        number.ok_or("use six hexadecimal digits, such as #ffffff")?.to_be_bytes();
    Ok([red, green, blue])
}

/// Reads a number above 0.
pub fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("use a number above 0".to_owned()),
    }
}

/// Reads one number of steps for two axes, or two with a comma between.
pub fn steps(text: &str) -> Result<(u32, u32), String> {
    let one = |text: &str| u32::from_str(text.trim()).ok().filter(|n| (1..=1000).contains(n));
    let both = match text.split_once(',') {
        Some((x, y)) => one(x).zip(one(y)),
        None => one(text).map(|both| (both, both)),
    };
    both.ok_or_else(|| "use a number from 1 to 1000, or two with a comma between".to_owned())
}

/// Reads a path that must have one of these endings.
pub fn with_extension(
    extensions: &'static [&'static str],
) -> impl Fn(&str) -> Result<PathBuf, String> + Clone {
    move |text| {
        let path = PathBuf::from(text);
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        if extension.is_some_and(|extension| extensions.contains(&extension.as_str())) {
            Ok(path)
        } else {
            Err(format!("its name must end with .{}", extensions.join(" or .")))
        }
    }
}

/// Reads a square of a photo: its middle, its edge, and where they are said how far the photo is turned and `mirrored`.
pub fn crop(text: &str) -> Result<Crop, String> {
    let wanted = "use X,Y,SIDE, then DEGREES, then mirrored, such as 320,240,200,-5,mirrored";
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let (numbers, mirrored) = match parts.as_slice() {
        [numbers @ .., "mirrored"] => (numbers, true),
        numbers => (numbers, false),
    };
    let read = |text: &&str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let numbers: Option<Vec<f64>> = numbers.iter().map(read).collect();
    match numbers.as_deref() {
        Some(&[x, y, side]) => Ok(Crop { centre: [x, y], side, degrees: 0.0, mirrored }),
        Some(&[x, y, side, degrees]) => Ok(Crop { centre: [x, y], side, degrees, mirrored }),
        _ => Err(wanted.to_owned()),
    }
}
