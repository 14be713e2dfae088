//! Rounding in decimal: what people mean by "two digits".
//!
//! Binary floats cannot hold 2.675, but its shortest decimal text is `2.675`, and that is what is rounded here, half
//! away from zero. So `round`, `to_fixed` and `%f` agree with each other and with what `print` shows.

/// Which neighbour is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Toward negative infinity.
    Floor,
    /// Toward positive infinity.
    Ceil,
    /// The nearest, half away from zero.
    Round,
    /// Toward zero.
    Trunc,
}

/// A finite number: 0.d₁d₂d₃… times ten to the power of `point`.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// The shortest decimal that reads back as this finite float.
    pub(super) fn of_float(number: f64) -> Decimal {
        let text = format!("{:e}", number.abs());
        let (mantissa, exponent) = text.split_once('e').expect("the exponent form has an e");
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        let exponent: i64 = exponent.parse().expect("the exponent is an int");
        Decimal { negative: number.is_sign_negative(), digits, point: exponent + 1 }
    }

    /// Exactly this int.
    pub(super) fn of_int(number: i64) -> Decimal {
        let digits: Vec<u8> = number.unsigned_abs().to_string().bytes().map(|digit| digit - b'0').collect();
        let point = digits.len() as i64;
        Decimal { negative: number < 0, digits, point }
    }

    /// Rounded to so many digits behind the point (before it, if negative).
    pub(super) fn rounded(mut self, places: i64, mode: Mode) -> Decimal {
        let keep = self.point + places;
        if keep >= self.digits.len() as i64 {
            return self;
        }
        let up = self.goes_up(keep, mode);
        self.digits.truncate(keep.max(0) as usize);
        if keep < 0 {
            // All digits lie behind the last one kept: what is left is a lone unit of that place, or nothing.
            self.point = -places;
        }
        if up {
            self.increment();
        }
        self
    }

    /// Whether the magnitude grows when only `keep` digits stay.
    fn goes_up(&self, keep: i64, mode: Mode) -> bool {
        let Ok(keep) = usize::try_from(keep) else { return self.is_cut(0) && mode.grows(self.negative) };
        match mode {
            Mode::Round => self.digits[keep] >= 5,
            _ => self.is_cut(keep) && mode.grows(self.negative),
        }
    }

    /// Whether a digit other than zero is dropped.
    fn is_cut(&self, keep: usize) -> bool {
        self.digits[keep..].iter().any(|&digit| digit != 0)
    }

    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
        self.point += 1;
    }

    /// The nearest float; infinite if it is too large for one.
    pub(super) fn to_float(&self) -> f64 {
        let digits: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0.{digits}0e{}", self.point).parse().expect("digits with an exponent are a float")
    }

    /// The number with exactly so many digits behind the point, rounded half away from zero. No sign for zero.
    pub(super) fn fixed(self, places: usize) -> String {
        let number = self.rounded(places as i64, Mode::Round);
        let digit = |at: i64| {
            let digit = usize::try_from(at).ok().and_then(|at| number.digits.get(at));
            char::from(b'0' + digit.copied().unwrap_or(0))
        };
        let mut text = String::new();
        if number.negative && number.digits.iter().any(|&digit| digit != 0) {
            text.push('-');
        }
        match number.point {
            ..=0 => text.push('0'),
            point => text.extend((0..point).map(digit)),
        }
        if places > 0 {
            text.push('.');
            text.extend((0..places as i64).map(|place| digit(number.point + place)));
        }
        text
    }
}

impl Mode {
    /// Whether cutting digits other than zero makes the magnitude of a number grow (`Round` looks at the digits).
    fn grows(self, negative: bool) -> bool {
        match self {
            Mode::Floor => negative,
            Mode::Ceil => !negative,
            Mode::Round | Mode::Trunc => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Mode};

    #[track_caller]
    fn check(number: f64, places: i64, mode: Mode, expect: f64) {
        assert_eq!(Decimal::of_float(number).rounded(places, mode).to_float(), expect);
    }

    #[test]
    fn rounds_the_shortest_decimal_text() {
        check(2.675, 2, Mode::Round, 2.68);
        check(2.567, 2, Mode::Round, 2.57);
        check(-2.5, 0, Mode::Round, -3.0);
        check(9.99, 1, Mode::Round, 10.0);
        check(1234.0, -2, Mode::Round, 1200.0);
        check(51.0, -2, Mode::Round, 100.0);
        check(4.0, -2, Mode::Round, 0.0);
        check(0.0004, 2, Mode::Ceil, 0.01);
        check(4.0, -3, Mode::Ceil, 1000.0);
        check(-2.671, 2, Mode::Floor, -2.68);
        check(-2.679, 2, Mode::Trunc, -2.67);
        check(1e300, 15, Mode::Round, 1e300);
    }

    #[test]
    fn writes_fixed_places() {
        let fixed = |number: f64, places| Decimal::of_float(number).fixed(places);
        assert_eq!(fixed(2.0, 2), "2.00");
        assert_eq!(fixed(0.005, 2), "0.01");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(1e21, 0), "1000000000000000000000");
        assert_eq!(fixed(0.06, 1), "0.1");
        assert_eq!(fixed(99.96, 1), "100.0");
        assert_eq!(Decimal::of_int(i64::MIN).fixed(1), "-9223372036854775808.0");
    }
}
