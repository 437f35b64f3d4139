//! Patterns that read labels out of file names: `{person}_{smile}_*.jpg`.
//!
//! A name in braces takes one or more characters and becomes a column of that name; `*` takes any number of them,
//! even none; everything else stands for itself. Each takes as little as it can, and the last takes the rest. None
//! reaches over a `/`. A pattern with a `/` is held against the path below the data set's folder, one without against
//! the bare name; a pattern without a dot is held against the name without its ending.

use super::names::without_ending;

/// A pattern that was understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    pub fields: Vec<String>,
    /// The parts between the slashes, each a row of pieces.
    parts: Vec<Vec<Piece>>,
    with_ending: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    /// Takes any text; the number of the field that it fills, if any.
    Gap(Option<usize>),
}

impl Pattern {
    /// Reads a pattern. The error says what is wrong with it and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().replace('\\', "/");
        let mut fields: Vec<String> = Vec::new();
        let mut parts = vec![Vec::new()];
        let mut rest = text.as_str();
        while let Some(next) = rest.chars().next() {
            let at = place(&text, rest);
            let pieces = last(&mut parts);
            match next {
                '{' => {
                    let field = field_name(rest, &at)?;
                    if fields.iter().any(|known| known == field) {
                        return Err(format!("{at}: {{{field}}} is there twice: name each once"));
                    }
                    gap(pieces, Some(fields.len()), &at)?;
                    fields.push(field.to_owned());
                    rest = &rest[rest.find('}').map_or(rest.len(), |end| end + 1)..];
                    continue;
                }
                '}' => return Err(format!("{at}: this '}}' has no '{{' before it")),
                '*' => gap(pieces, None, &at)?,
                '/' => parts.push(Vec::new()),
                other => match pieces.last_mut() {
                    Some(Piece::Text(text)) => text.push(other),
                    _ => pieces.push(Piece::Text(other.to_string())),
                },
            }
            rest = &rest[next.len_utf8()..];
        }
        if fields.is_empty() {
            return Err("it reads nothing: put a name into braces, as in {person}_*.jpg".to_owned());
        }
        let file_name = text.rsplit('/').next().unwrap_or_default();
        Ok(Self { with_ending: outside_braces(file_name, '.'), fields, parts })
    }

    /// The part of a relative path that the pattern is held against.
    pub fn subject<'a>(&self, path: &'a str) -> &'a str {
        let path = if self.with_ending { path } else { without_ending(path) };
        match self.parts.len() {
            1 => path.rsplit('/').next().unwrap_or(path),
            _ => path,
        }
    }

    /// What the fields take of a relative path, in their order; `None` where it does not fit.
    pub fn read<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let subject = self.subject(path);
        let mut values = vec![""; self.fields.len()];
        let mut texts = subject.split('/');
        for part in &self.parts {
            read_part(part, texts.next()?, &mut values)?;
        }
        texts.next().is_none().then_some(values)
    }
}

/// Fits one part. Taking the first place of each text that is possible never spoils a later one: whatever comes
/// after it has more room, as in any matching of `*`.
fn read_part<'a>(pieces: &[Piece], text: &'a str, values: &mut [&'a str]) -> Option<()> {
    let mut rest = text;
    let mut open: Option<Option<usize>> = None;
    for (index, piece) in pieces.iter().enumerate() {
        let fixed = match piece {
            Piece::Gap(field) => {
                open = Some(*field);
                continue;
            }
            Piece::Text(fixed) => fixed.as_str(),
        };
        let is_last = index + 1 == pieces.len();
        let at = match open {
            None => rest.starts_with(fixed).then_some(0)?,
            Some(field) => {
                let least = least_taken(field, rest)?;
                let at = if is_last {
                    rest.ends_with(fixed).then(|| rest.len() - fixed.len())?
                } else {
                    least + rest.get(least..)?.find(fixed)?
                };
                if at < least {
                    return None;
                }
                keep(field, &rest[..at], values);
                at
            }
        };
        rest = &rest[at + fixed.len()..];
        open = None;
    }
    match open {
        Some(field) => {
            least_taken(field, rest)?;
            keep(field, rest, values);
            Some(())
        }
        None => rest.is_empty().then_some(()),
    }
}

/// Bytes that a gap takes at least: a field one character, `*` none.
fn least_taken(field: Option<usize>, rest: &str) -> Option<usize> {
    match field {
        Some(_) => rest.chars().next().map(char::len_utf8),
        None => Some(0),
    }
}

fn keep<'a>(field: Option<usize>, text: &'a str, values: &mut [&'a str]) {
    if let Some(field) = field {
        values[field] = text;
    }
}

fn last(parts: &mut [Vec<Piece>]) -> &mut Vec<Piece> {
    let end = parts.len() - 1;
    &mut parts[end]
}

/// Adds a gap, unless another one stands right before it.
fn gap(pieces: &mut Vec<Piece>, field: Option<usize>, at: &str) -> Result<(), String> {
    if matches!(pieces.last(), Some(Piece::Gap(_))) {
        return Err(format!(
            "{at}: nothing tells where the one before it ends: write what stands between them"
        ));
    }
    pieces.push(Piece::Gap(field));
    Ok(())
}

/// The name in the braces that `rest` begins with.
fn field_name<'a>(rest: &'a str, at: &str) -> Result<&'a str, String> {
    let inside = &rest[1..];
    let end = inside.find(['{', '}', '/', '*']);
    match end.map(|end| (&inside[..end], &inside[end..])) {
        Some((name, after)) if after.starts_with('}') => match name.trim() {
            "" => Err(format!("{at}: there is no name in these braces")),
            name => Ok(name),
        },
        _ => Err(format!("{at}: this '{{' is not closed: a '}}' must follow its name")),
    }
}

/// Where in the pattern `rest` begins, counted in characters from 1.
fn place(text: &str, rest: &str) -> String {
    let before = &text[..text.len() - rest.len()];
    format!("at character {}", before.chars().count() + 1)
}

fn outside_braces(text: &str, wanted: char) -> bool {
    let mut inside = false;
    text.chars().any(|c| {
        inside = c == '{' || inside && c != '}';
        c == wanted && !inside
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, path: &str) -> Option<Vec<String>> {
        let pattern = Pattern::parse(pattern).unwrap();
        pattern.read(path).map(|values| values.into_iter().map(str::to_owned).collect())
    }

    fn some(values: &[&str]) -> Option<Vec<String>> {
        Some(values.iter().map(|&value| value.to_owned()).collect())
    }

    #[test]
    fn braces_take_and_stars_skip() {
        let pattern = "{person}_{smile}_*.jpg";
        assert_eq!(read(pattern, "deep/anna_1_0042.jpg"), some(&["anna", "1"]));
        assert_eq!(read(pattern, "anna_1_.jpg"), some(&["anna", "1"]), "* may take nothing");
        assert_eq!(read(pattern, "anna_1_a_b.jpg"), some(&["anna", "1"]));
        for other in ["anna_1.jpg", "_1_a.jpg", "anna__a.jpg", "anna_1_a.JPG", "anna_1_a.png"] {
            assert_eq!(read(pattern, other), None, "{other}");
        }
        assert_eq!(read("{a}_{b}", "x_y_z.png"), some(&["x", "y_z"]), "the last takes the rest");
        assert_eq!(read("{a}aa", "aaaa.png"), some(&["aa"]));
        assert_eq!(read("{a}aa", "aa.png"), None);
        assert_eq!(read("*-{é}ü*", "1-xü2.png"), some(&["x"]));
        assert_eq!(read("img{n}", "img12.tar.png"), some(&["12.tar"]));
    }

    #[test]
    fn the_ending_may_be_left_out_and_folders_may_be_named() {
        assert_eq!(read("{a}_{n}", "anna_7.jpeg"), some(&["anna", "7"]));
        assert_eq!(read("{a}_{n}.jpeg", "anna_7.jpeg"), some(&["anna", "7"]));
        assert_eq!(read("{set}/{n}", "red/7.png"), some(&["red", "7"]));
        assert_eq!(read("{set}\\*-{n}.png", "red/a-7.png"), some(&["red", "7"]));
        assert_eq!(read("{set}/{n}", "more/red/7.png"), None, "no gap reaches over a slash");
        assert_eq!(read("*/{set}/{n}", "more/red/7.png"), some(&["red", "7"]));
        assert_eq!(read("{set}/*", "7.png"), None);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let wrong = |pattern: &str| Pattern::parse(pattern).unwrap_err();
        assert_eq!(
            wrong("é_{a"),
            "at character 3: this '{' is not closed: a '}' must follow its name"
        );
        assert!(wrong("{a/b}").contains("not closed"));
        assert_eq!(wrong("a}"), "at character 2: this '}' has no '{' before it");
        assert_eq!(wrong("x{ }"), "at character 2: there is no name in these braces");
        assert!(wrong("{a}_{a}").starts_with("at character 5: {a} is there twice"));
        for pattern in ["{a}{b}", "{a}*", "**{a}"] {
            assert!(wrong(pattern).contains("nothing tells where"), "{pattern}");
        }
        assert!(wrong("*.jpg").contains("reads nothing"));
        assert!(wrong(" ").contains("reads nothing"));
    }
}
