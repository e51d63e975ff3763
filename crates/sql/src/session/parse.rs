//! From text to statements, and where their parameters are.

use std::ops::{ControlFlow, Range};

use parking_lot::Mutex;
use sqlparser::ast::{DataType, Expr, Statement as Ast, Value, visit_expressions_mut};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithLocation, Tokenizer, Whitespace};

use super::guard;
use super::run::Compiled;
use super::versions::with_versions;
use crate::error::{Error, Result};
use crate::query::parameter_mark;

/// A statement as it was parsed.
pub(super) struct Statement {
    /// In it parameters are called `$1` and so on, whatever the text calls them; or they are marked, where it is compiled.
    pub(super) ast: Ast,
    /// What the text calls each of these.
    pub(super) parameters: Vec<Name>,
    pub(super) compiled: Mutex<Option<Compiled>>,
}

/// How a text speaks of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// `?` or `$1`: its place, counted from 0.
    Place(usize),
    /// `:name`
    Named(String),
}

/// Parses a text of any number of statements.
pub(super) fn statements(sql: &str) -> Result<Vec<Statement>> {
    let dialect = PostgreSqlDialect {};
    if let Some(before) = sql.split_once('\0').map(|(before, _)| before) {
        let message = "a zero byte: hand it over as a parameter".into();
        return Err(Error::Syntax { message, location: Some(place(end(before))) });
    }
    let tokens = tokens(&dialect, sql)?;
    let mut statements = Vec::new();
    let mut questions = 0;
    let mut ended = 0;
    let all = &tokens;
    for tokens in all.split(|token| token.token == Token::SemiColon) {
        let ends_at = all.get(ended + tokens.len()).map_or_else(|| end(sql), |semicolon| semicolon.location);
        ended += tokens.len() + 1;
        let is_blank = |token: &TokenWithLocation| matches!(token.token, Token::Whitespace(_));
        if tokens.iter().all(is_blank) {
            continue;
        }
        refuse_deep(tokens)?;
        let (tokens, parameters) = with_placeholders(tokens, &mut questions)?;
        let tokens = with_versions(tokens);
        let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
        let ast = parser.parse_statement().and_then(|ast| match parser.next_token() {
            TokenWithLocation { token: Token::EOF, .. } => Ok(ast),
            token => Err(ParserError::ParserError(format!(
                "Expected: end of statement, found: {} at Line: {}, Column: {}",
                token.token, token.location.line, token.location.column
            ))),
        });
        let ast = ast.map_err(|error| syntax(error, ends_at))?;
        guard::check(&ast)?;
        let mut ast = ast;
        if is_compiled(&ast) {
            mark_parameters(&mut ast);
        }
        statements.push(Statement { ast, parameters, compiled: Mutex::default() });
    }
    Ok(statements)
}

/// Operators and keywords of one expression. Each may be a step deeper, and whoever walks over what is parsed goes down by recursion.
const OPERATORS_MAX: usize = 750;

/// Refuses expressions that are chained so long that walking over them would take more memory than a thread has.
fn refuse_deep(tokens: &[TokenWithLocation]) -> Result<()> {
    // Of the expressions around a place, the innermost last.
    let mut open = vec![0_usize];
    let mut depth = 0;
    for TokenWithLocation { token, .. } in tokens {
        match token {
            Token::LParen => open.push(0),
            Token::RParen if open.len() > 1 => depth -= open.pop().unwrap_or(0),
            Token::Comma => {
                let own = open.last_mut().map_or(0, std::mem::take);
                depth -= own;
            }
            Token::RParen
            | Token::Whitespace(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Placeholder(_)
            | Token::Period => {}
            Token::Word(word) if word.keyword == Keyword::NoKeyword || word.quote_style.is_some() => {}
            _ => {
                if let Some(own) = open.last_mut() {
                    *own += 1;
                    depth += 1;
                }
            }
        }
        if depth > OPERATORS_MAX {
            return Err(Error::Unsupported {
                what: format!("an expression of more than {OPERATORS_MAX} operators"),
                hint: "use IN with a list or a query, or several statements",
            });
        }
    }
    Ok(())
}

/// Whether a statement is compiled once for all its runs.
pub(super) const fn is_compiled(ast: &Ast) -> bool {
    matches!(ast, Ast::Query(_) | Ast::Insert(_) | Ast::Update { .. } | Ast::Delete(_))
}

/// Whether a statement changes something, or the store.
pub(super) const fn is_write(ast: &Ast) -> bool {
    !matches!(
        ast,
        Ast::Query(_)
            | Ast::ShowTables { .. }
            | Ast::ShowColumns { .. }
            | Ast::ShowVariable { .. }
            | Ast::ShowFunctions { .. }
            | Ast::ShowCreate { .. }
            | Ast::Commit { .. }
            | Ast::Rollback { .. }
    )
}

/// Puts marks in place of parameters, which GlueSQL takes for texts.
fn mark_parameters(ast: &mut Ast) {
    let _: ControlFlow<()> = visit_expressions_mut(ast, |expr| {
        if let Expr::Value(Value::Placeholder(name)) = expr
            && let Some(place) = name.strip_prefix('$').and_then(|place| place.parse::<usize>().ok())
        {
            let value = parameter_mark(place.saturating_sub(1));
            *expr = Expr::TypedString { data_type: DataType::Text, value };
        }
        ControlFlow::Continue(())
    });
}

/// A parameter that is counted.
const QUESTION: &str = "?";

/// The tokens of a text, with each `?` that is a parameter.
///
/// To the tokenizer a question mark is an operator of PostgreSQL, which swallows what follows it. So the text is read in pieces, each up
/// to a question mark. Where a piece does not end in the middle of something (text in quotes, a comment), the mark is a parameter.
fn tokens(dialect: &PostgreSqlDialect, sql: &str) -> Result<Vec<TokenWithLocation>> {
    let mut tokens = Vec::new();
    tokens_into(&mut tokens, dialect, sql)?;
    Ok(tokens)
}

/// As [`tokens`]; those before a fault are there when it fails.
fn tokens_into(tokens: &mut Vec<TokenWithLocation>, dialect: &PostgreSqlDialect, sql: &str) -> Result<()> {
    let (mut start, mut begins) = (0, Location { line: 1, column: 1 });
    let marks = sql.match_indices('?').map(|(at, _)| at).chain([sql.len()]);
    for at in marks {
        let mut piece = Vec::new();
        let read = Tokenizer::new(dialect, &sql[start..at]).tokenize_with_location_into_buf(&mut piece);
        if at < sql.len() && (read.is_err() || ends_in_comment(&piece)) {
            continue;
        }
        tokens.extend(piece.into_iter().map(|TokenWithLocation { token, location }| TokenWithLocation {
            token,
            location: behind(begins, location),
        }));
        read.map_err(|error| Error::Syntax {
            message: error.message,
            location: Some(place(behind(begins, error.location))),
        })?;
        begins = behind(begins, end(&sql[start..at]));
        tokens.push(TokenWithLocation { token: Token::Placeholder(QUESTION.into()), location: begins });
        (start, begins.column) = (at + 1, begins.column + 1);
    }
    // What stands for the end of the text.
    tokens.pop();
    Ok(())
}

/// The statements of a text that are whole, each without its semicolon, and what follows the last semicolon. Blank ones are left out,
/// and so is what follows when it is blank. A quote or comment that is not closed is part of what follows.
#[must_use]
pub fn split(sql: &str) -> (Vec<Range<usize>>, Option<Range<usize>>) {
    let mut tokens = Vec::new();
    let is_whole = tokens_into(&mut tokens, &PostgreSqlDialect {}, sql).is_ok();
    let (mut statements, mut start, mut is_blank) = (Vec::new(), 0, true);
    let mut offsets = Offsets { text: sql, offset: 0, at: Location { line: 1, column: 1 } };
    for TokenWithLocation { token, location } in tokens {
        match token {
            Token::SemiColon => {
                let end = offsets.of(location);
                if !is_blank {
                    statements.push(start..end);
                }
                (start, is_blank) = (end + 1, true);
            }
            Token::Whitespace(_) => {}
            _ => is_blank = false,
        }
    }
    let rest = (!is_blank || !is_whole).then_some(start..sql.len());
    (statements, rest)
}

/// Places of a text as offsets, from the first one on.
struct Offsets<'a> {
    text: &'a str,
    offset: usize,
    at: Location,
}

impl Offsets<'_> {
    fn of(&mut self, place: Location) -> usize {
        while (self.at.line, self.at.column) < (place.line, place.column)
            && let Some(next) = self.text[self.offset..].chars().next()
        {
            self.offset += next.len_utf8();
            self.at = match next {
                '\n' => Location { line: self.at.line + 1, column: 1 },
                _ => Location { line: self.at.line, column: self.at.column + 1 },
            };
        }
        self.offset
    }
}

fn ends_in_comment(tokens: &[TokenWithLocation]) -> bool {
    matches!(
        tokens.last().map(|token| &token.token),
        Some(Token::Whitespace(Whitespace::SingleLineComment { comment, .. })) if !comment.ends_with('\n')
    )
}

/// Where a text ends.
fn end(text: &str) -> Location {
    let last = text.rsplit('\n').next().unwrap_or_default();
    Location { line: 1 + text.matches('\n').count() as u64, column: 1 + last.chars().count() as u64 }
}

/// A place in a piece that begins at `begins`.
const fn behind(begins: Location, place: Location) -> Location {
    match place.line {
        0 | 1 => Location { line: begins.line, column: begins.column + place.column - 1 },
        line => Location { line: begins.line + line - 1, column: place.column },
    }
}

/// The tokens with every parameter as `$1` and so on, in the order in which a statement names them first.
fn with_placeholders(
    tokens: &[TokenWithLocation],
    questions: &mut usize,
) -> Result<(Vec<TokenWithLocation>, Vec<Name>)> {
    let mut parameters: Vec<Name> = Vec::new();
    let mut made = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.iter().peekable();
    while let Some(TokenWithLocation { token, location }) = tokens.next() {
        let name = match token {
            Token::Placeholder(text) if text == QUESTION => {
                *questions += 1;
                Some(Name::Place(*questions - 1))
            }
            Token::Placeholder(text) => Some(numbered(text, *location)?),
            Token::Colon => match tokens.peek().map(|next| &next.token) {
                Some(Token::Word(word)) if word.quote_style.is_none() => {
                    let name = Name::Named(word.value.clone());
                    tokens.next();
                    Some(name)
                }
                _ => None,
            },
            _ => None,
        };
        let token = match name {
            None => token.clone(),
            Some(name) => {
                let known = parameters.iter().position(|known| *known == name);
                let place = known.unwrap_or_else(|| {
                    parameters.push(name);
                    parameters.len() - 1
                });
                Token::Placeholder(format!("${}", place + 1))
            }
        };
        made.push(TokenWithLocation { token, location: *location });
    }
    Ok((made, parameters))
}

fn numbered(text: &str, location: Location) -> Result<Name> {
    let number = text.strip_prefix('$').and_then(|number| number.parse::<usize>().ok());
    match number.and_then(|number| number.checked_sub(1)) {
        Some(place) => Ok(Name::Place(place)),
        None => Err(Error::Syntax {
            message: format!("{text} is no parameter: write ?, $1 or :name"),
            location: Some(place(location)),
        }),
    }
}

/// What the parser says, and where: it says that in words, but for the end of a statement.
fn syntax(error: ParserError, end: Location) -> Error {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => "it is nested too deep".into(),
    };
    let located = message.rsplit_once(" at Line: ").and_then(|(said, location)| {
        let (line, column) = location.split_once(", Column: ")?;
        Some((said.to_owned(), (line.parse().ok()?, column.parse().ok()?)))
    });
    match located {
        Some((message, location)) => Error::Syntax { message, location: Some(location) },
        None if message.ends_with("found: EOF") => {
            let message = message.replace("found: EOF", "found: end of statement");
            Error::Syntax { message, location: Some(place(end)) }
        }
        None => Error::Syntax { message, location: None },
    }
}

const fn place(location: Location) -> (u64, u64) {
    (location.line, location.column)
}

#[cfg(test)]
mod tests {
    use super::split;

    fn texts(sql: &str) -> (Vec<&str>, Option<&str>) {
        let (statements, rest) = split(sql);
        (statements.into_iter().map(|range| &sql[range]).collect(), rest.map(|range| &sql[range]))
    }

    #[test]
    fn statements_end_at_semicolons_outside_quotes_and_comments() {
        assert_eq!(texts("SELECT 1; SELECT 2"), (vec!["SELECT 1"], Some(" SELECT 2")));
        assert_eq!(texts(";; -- a; b\n;SELECT ';' /* ; */;\n"), (vec!["SELECT ';' /* ; */"], None));
        assert_eq!(texts("SELECT \"a;b\"; -- end"), (vec!["SELECT \"a;b\""], None));
        assert_eq!(
            texts("a = ?; b = ? AND c = '?;'; d ? "),
            (vec!["a = ?", " b = ? AND c = '?;'"], Some(" d ? "))
        );
        assert_eq!(texts("'ü€😀'\n; 'ß;'; x"), (vec!["'ü€😀'\n", " 'ß;'"], Some(" x")));
        assert_eq!(texts(""), (vec![], None));
    }

    #[test]
    fn what_is_not_closed_follows() {
        assert_eq!(texts("SELECT 1; SELECT 'a; b"), (vec!["SELECT 1"], Some(" SELECT 'a; b")));
        assert_eq!(texts("SELECT 1; /* a;"), (vec!["SELECT 1"], Some(" /* a;")));
        assert_eq!(texts("SELECT $$a; b"), (vec![], Some("SELECT $$a; b")));
    }
}
