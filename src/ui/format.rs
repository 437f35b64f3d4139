//! Numbers and remarks as people read them.

/// `12_345` as `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 step`, `1,234 steps`: a count with its noun.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number as u64), if number == 1 { one } else { many })
}

/// `3_251_267` as `3.25 M`: three figures that can be compared at a glance.
pub fn short_count(number: usize) -> String {
    let value = number as f64;
    match number {
        0..=9_999 => grouped(number as u64),
        10_000..=999_499 => format!("{:.0} k", value / 1e3),
        999_500..=999_499_999 => format!("{:.2} M", value / 1e6),
        _ => format!("{:.2} G", value / 1e9),
    }
}

/// Bytes in binary units: `1.5 GiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Seconds as `42 s`, `3 min 05 s`, `2 h 07 min`; a dash where they are not known.
pub fn duration(secs: f64) -> String {
    if !secs.is_finite() || secs < 0.0 {
        return "–".to_owned();
    }
    let whole = secs.round() as u64;
    match whole {
        0..=59 => format!("{whole} s"),
        60..=3599 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A rate: no decimals where they would only flicker.
pub fn rate(value: f64) -> String {
    match value {
        v if !v.is_finite() => "–".to_owned(),
        v if v >= 100.0 => grouped(v.round() as u64),
        v if v >= 10.0 => format!("{v:.0}"),
        v => format!("{v:.1}"),
    }
}

/// A number with its sign, a real minus: `+1`, `−0.5`; 0 has none.
pub fn signed(value: f32) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:+}").replace('-', "−") }
}

/// With a capital at its beginning: errors and remarks of other layers come without.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::{bytes, counted, duration, grouped, rate, short_count, signed};

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "file", "files"), "1 file");
        assert_eq!(counted(2_000, "file", "files"), "2,000 files");
        assert_eq!(counted(0, "file", "files"), "0 files");
        assert_eq!(short_count(9_999), "9,999");
        assert_eq!(short_count(3_251_267), "3.25 M");
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(3 << 29), "1.5 GiB");
        assert_eq!(duration(185.2), "3 min 05 s");
        assert_eq!(duration(7620.0), "2 h 07 min");
        assert_eq!(duration(f64::INFINITY), "–");
        assert_eq!([signed(0.0), signed(2.0), signed(-3.0)], ["0", "+2", "−3"]);
        assert_eq!(rate(1234.4), "1,234");
        assert_eq!(rate(3.21), "3.2");
    }
}
