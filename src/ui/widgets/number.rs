//! Losses and settings as a person reads them.

/// A loss with four significant digits; very small and large ones in powers of ten.
pub fn value(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return if value.is_nan() { "NaN" } else { "infinite" }.to_owned();
    }
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e5).contains(&size) {
        return scientific(value);
    }
    let decimals = (3 - size.log10().floor() as i32).clamp(0, 5) as usize;
    format!("{value:.decimals$}")
}

/// A setting such as a learning rate: `0.02`, `2e-4`, `0`.
pub fn setting(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if (0.01..1e5).contains(&value.abs()) {
        trim_zeros(&format!("{value:.4}")).to_owned()
    } else {
        scientific(value)
    }
}

/// What a person typed, if it is a number.
pub fn parse(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

/// What a person typed into a field that showed `shown`: a text that was left as it was is the very
/// value it stands for, without the rounding of `format`.
pub fn parse_or_keep(text: &str, shown: f64, format: impl Fn(f64) -> String) -> Option<f64> {
    if text == format(shown) { Some(shown) } else { parse(&text.replace('−', "-")) }
}

fn scientific(value: f64) -> String {
    let text = format!("{value:.2e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{}e{exponent}", trim_zeros(mantissa)),
        None => text,
    }
}

/// `0.9990` as `0.999`, `2.00` as `2`.
pub fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::{parse, setting, value};

    #[test]
    fn values_keep_four_digits() {
        assert_eq!(value(0.345_678), "0.3457");
        assert_eq!(value(12.5), "12.50");
        assert_eq!(value(-1234.6), "-1235");
        assert_eq!(value(2e-5), "2e-5");
        assert_eq!(value(f64::NAN), "NaN");
    }

    #[test]
    fn settings_are_short_and_come_back() {
        for (number, text) in [(2e-4, "2e-4"), (0.02, "0.02"), (1.0, "1"), (0.0, "0")] {
            assert_eq!(setting(number), text);
            assert_eq!(parse(text), Some(number));
        }
        assert_eq!(parse("NaN"), None);
    }
}
