//! `AS OF`, and functions that give rows, made into names of tables: the parser knows neither.

use sqlparser::ast::Ident;
use sqlparser::keywords::{Keyword, RESERVED_FOR_TABLE_ALIAS};
use sqlparser::tokenizer::{Token, TokenWithLocation, Word};

use crate::versions::{Argument, FUNCTIONS, KEYS, function, past};

/// The tokens of a statement with `t AS OF 'revision'` and `prolly_diff('t', 'a', 'b')` as one name each, and the name that it goes by
/// behind it unless it is given another one.
pub(super) fn with_versions(tokens: Vec<TokenWithLocation>) -> Vec<TokenWithLocation> {
    let tokens: Vec<_> =
        tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    let mut made = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(TokenWithLocation { token, location }) = tokens.get(at) {
        let rest: Vec<&Token> = tokens[at..].iter().take(16).map(|token| &token.token).collect();
        let found = match token {
            Token::Word(word) => past_at(word, &rest).or_else(|| function_at(word, &rest)),
            _ => None,
        };
        let Some((name, alias, length)) = found else {
            made.push(tokens[at].clone());
            at += 1;
            continue;
        };
        at += length;
        let place = |token| TokenWithLocation { token, location: *location };
        made.push(place(quoted(&name)));
        let is_named = match tokens.get(at).map(|token| &token.token) {
            Some(Token::Word(word)) => {
                word.keyword == Keyword::AS
                    || word.quote_style.is_some()
                    || !RESERVED_FOR_TABLE_ALIAS.contains(&word.keyword)
            }
            _ => false,
        };
        if !is_named {
            made.push(place(Token::make_keyword("AS")));
            made.push(place(quoted(&alias)));
        }
    }
    made
}

fn quoted(name: &str) -> Token {
    Token::Word(Word { value: Ident::new(name).value, quote_style: Some('"'), keyword: Keyword::NoKeyword })
}

/// `t AS OF 'revision'`: its name, what it goes by, and how many tokens it is.
fn past_at(word: &Word, rest: &[&Token]) -> Option<(String, String, usize)> {
    Some((past(&word.value, &as_of(rest.get(1..)?)?), word.value.clone(), 4))
}

/// `prolly_diff('t', 'a', 'b')`, or `prolly_keys('n') AS OF 'revision'`.
fn function_at(word: &Word, rest: &[&Token]) -> Option<(String, String, usize)> {
    let (name, count) = FUNCTIONS.into_iter().find(|(name, _)| word.value.eq_ignore_ascii_case(name))?;
    let [_, Token::LParen, inner @ ..] = rest else { return None };
    let length = 2 * count;
    if !matches!(inner.get(length - 1), Some(Token::RParen)) {
        return None;
    }
    let is_separated = (1..count).all(|place| matches!(inner.get(2 * place - 1), Some(Token::Comma)));
    let arguments = (0..count).map(|place| argument(inner.get(2 * place)?)).collect::<Option<Vec<_>>>()?;
    if !is_separated {
        return None;
    }
    let (mut arguments, mut length) = (arguments, length + 2);
    if name == KEYS
        && let Some(revision) = rest.get(length..).and_then(as_of)
    {
        arguments.push(revision);
        length += 3;
    }
    Some((function(name, &arguments), name.to_owned(), length))
}

/// The revision behind a name.
fn as_of(rest: &[&Token]) -> Option<Argument> {
    match rest {
        [Token::Word(r#as), Token::Word(of), revision, ..]
            if r#as.keyword == Keyword::AS
                && of.quote_style.is_none()
                && of.value.eq_ignore_ascii_case("of") =>
        {
            argument(revision)
        }
        _ => None,
    }
}

fn argument(token: &Token) -> Option<Argument> {
    match token {
        Token::SingleQuotedString(text) => Some(Argument::Literal(text.clone())),
        Token::Placeholder(name) => {
            let place = name.strip_prefix('$')?.parse::<usize>().ok()?;
            Some(Argument::Parameter(place.checked_sub(1)?))
        }
        _ => None,
    }
}
