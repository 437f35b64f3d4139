//! Reads Rust text just well enough to judge it: blanks comments and literals, finds functions,
//! and lists every path that a file mentions, with `use` trees written out.
//!
//! A real parser would know more, but would be one more dependency to build; the self-tests in
//! `selftest.rs` hold this one to what the rules need.

/// A function found in a file.
#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub first_line: usize,
    pub lines: usize,
    /// Everything from `fn` to the body, as written (blanked text).
    pub signature: String,
    pub is_public: bool,
}

/// A path such as `crate::engine::EngineHandle` and the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub line: usize,
    pub segments: Vec<String>,
}

/// Replaces comments and the insides of string and character literals by spaces, keeping all lines.
pub fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skip_end(&chars, at);
        if end > at {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends; `at` itself if none starts there.
fn skip_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => find(chars, at, '\n'),
        '/' if next == Some('*') => block_comment_end(chars, at),
        '"' => quoted_end(chars, at + 1),
        '\'' => character_end(chars, at),
        'r' | 'b' | 'c' if at == 0 || !is_word(chars[at - 1]) => prefixed_literal_end(chars, at),
        _ => at,
    }
}

fn find(chars: &[char], from: usize, wanted: char) -> usize {
    (from..chars.len()).find(|i| chars[*i] == wanted).unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0_usize, start);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

/// `from` is the first character after the opening quote.
fn quoted_end(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// Tells `'x'` and `'\n'` from the lifetime `'a`.
fn character_end(chars: &[char], at: usize) -> usize {
    if chars.get(at + 1) == Some(&'\\') {
        (find(chars, at + 3, '\'') + 1).min(chars.len())
    } else if chars.get(at + 2) == Some(&'\'') {
        at + 3
    } else {
        at
    }
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br#"…"#`, `c"…"`; `at` itself for a plain word such as `break`.
fn prefixed_literal_end(chars: &[char], at: usize) -> usize {
    let mut quote = at + 1;
    let mut raw = chars[at] == 'r';
    if chars.get(quote) == Some(&'r') {
        raw = true;
        quote += 1;
    }
    let hashes = chars[quote.min(chars.len())..].iter().take_while(|c| **c == '#').count();
    if !raw && hashes > 0 {
        return at;
    }
    quote += hashes;
    match chars.get(quote) {
        Some('"') if !raw => quoted_end(chars, quote + 1),
        Some('"') => raw_end(chars, quote + 1, hashes),
        _ => at,
    }
}

fn raw_end(chars: &[char], from: usize, hashes: usize) -> usize {
    let closes = |i: usize| {
        chars[i] == '"' && chars[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes
    };
    (from..chars.len()).find(|i| closes(*i)).map_or(chars.len(), |i| i + 1 + hashes)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Words and single punctuation marks with their lines; `::` is one token.
pub fn tokens(blanked: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in blanked.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            found.push((number + 1, rest[..length].to_owned()));
            rest = rest[length..].trim_start();
        }
    }
    found
}

/// Every function with a body. `blanked` comes from [`blank`].
pub fn functions(blanked: &str) -> Vec<Function> {
    let tokens = tokens(blanked);
    let word = |i: usize| tokens.get(i).map_or("", |(_, word)| word.as_str());
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let name = word(at + 1);
        if word(at) != "fn" || !name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_') {
            continue;
        }
        let Some(open) = body_start(&tokens, at) else { continue };
        let Some(close) = matching_brace(&tokens, open) else { continue };
        let signature: Vec<&str> = (at..open).map(word).collect();
        let before: Vec<&str> = (at.saturating_sub(6)..at).map(word).collect();
        found.push(Function {
            name: name.to_owned(),
            first_line: tokens[at].0,
            lines: tokens[close].0 - tokens[at].0 + 1,
            signature: signature.join(" "),
            is_public: is_public(&before),
        });
    }
    found
}

/// Whether the words before `fn` make it `pub` or `pub(crate)`; `pub(super)` and private count as inner.
fn is_public(before: &[&str]) -> bool {
    let Some(start) =
        before.iter().rposition(|word| matches!(*word, ";" | "}" | "{" | "]" | "pub"))
    else {
        return false;
    };
    before[start] == "pub" && !before[start..].contains(&"super")
}

/// The `{` that opens a body, or `None` for a declaration that ends in `;`.
fn body_start(tokens: &[(usize, String)], from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, (_, word)) in tokens.iter().enumerate().skip(from) {
        match word.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "{" if depth == 0 => return Some(at),
            ";" | "}" if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

fn matching_brace(tokens: &[(usize, String)], open: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, (_, word)) in tokens.iter().enumerate().skip(open) {
        depth += i32::from(word == "{") - i32::from(word == "}");
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Blanks every `#[cfg(test)] mod … { … }`, whose code may reach further than the program's.
pub fn without_test_modules(blanked: &str) -> String {
    let tokens = tokens(blanked);
    let mut lines: Vec<&str> = blanked.lines().collect();
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    for at in 0..tokens.len() {
        let is_marker = marker
            .iter()
            .enumerate()
            .all(|(i, want)| tokens.get(at + i).is_some_and(|(_, word)| word == want));
        if !is_marker {
            continue;
        }
        let Some(open) = body_start(&tokens, at + marker.len()) else { continue };
        let is_module = tokens[at + marker.len()..open].iter().any(|(_, word)| word == "mod");
        if let (true, Some(close)) = (is_module, matching_brace(&tokens, open)) {
            lines[tokens[at].0 - 1..tokens[close].0].fill("");
        }
    }
    lines.join("\n")
}

/// All paths of two or more segments, and all `use` trees written out in full.
pub fn mentions(blanked: &str) -> Vec<Mention> {
    let tokens = tokens(blanked);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (line, word) = &tokens[at];
        let starts_path = word.chars().next().is_some_and(is_word) || word == "::";
        if word == "use" {
            at = expand_use(&tokens, at + 1, &[], &mut found);
        } else if starts_path {
            let (segments, end) = straight_path(&tokens, at);
            if segments.len() > 1 {
                found.push(Mention { line: *line, segments });
            }
            at = end.max(at + 1);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads `a::b::c` from `at`; returns its segments and the first token after it.
fn straight_path(tokens: &[(usize, String)], mut at: usize) -> (Vec<String>, usize) {
    let mut segments = Vec::new();
    let is = |i: usize, what: &str| tokens.get(i).is_some_and(|(_, word)| word == what);
    if is(at, "::") {
        at += 1;
    }
    while let Some((_, word)) = tokens.get(at) {
        if !(word.chars().next().is_some_and(is_word) || word == "*") {
            break;
        }
        segments.push(word.clone());
        if !is(at + 1, "::") {
            return (segments, at + 1);
        }
        at += 2;
    }
    (segments, at)
}

/// Writes out the `use` tree at `at` below `prefix`; returns the first token after it.
fn expand_use(
    tokens: &[(usize, String)],
    at: usize,
    prefix: &[String],
    found: &mut Vec<Mention>,
) -> usize {
    let (path, mut at) = straight_path(tokens, at);
    let full: Vec<String> = prefix.iter().cloned().chain(path).collect();
    let is = |i: usize, what: &str| tokens.get(i).is_some_and(|(_, word)| word == what);
    if !is(at, "{") {
        found.push(Mention { line: tokens[at.min(tokens.len()) - 1].0, segments: full });
        // `as name` belongs to the leaf.
        return if is(at, "as") { at + 2 } else { at };
    }
    at += 1;
    while at < tokens.len() && !is(at, "}") {
        let next = if is(at, ",") { at + 1 } else { expand_use(tokens, at, &full, found) };
        at = next.max(at + 1);
    }
    at + 1
}
