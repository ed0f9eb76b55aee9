//! A case's `op` is an operation's name or a small formula such as `(x@w).relu() + x*tanh(x)`.
//!
//! ```text
//! sum     = product (("+" | "-") product)*
//! product = call (("*" | "/" | "@") call)*
//! call    = atom ("." name "(" ")")*
//! atom    = "-" call | "(" sum ")" | name "(" sum ("," sum)* ")" | name
//! ```
//! A bare name is an input: the first to occur is the first input, and so on.

use autograd::Var;
use serde_json::{Map, Value};

use crate::Trouble::{self, Skipped};
use crate::attributes::Attributes;
use crate::operations::operation;

type Inputs<'i, 't> = &'i [Var<'t, f64>];
type Found<'t> = Result<Var<'t, f64>, Trouble>;

/// The value of `op` for these attributes and inputs.
pub(crate) fn evaluate<'t>(
    op: &str,
    attributes: &Map<String, Value>,
    inputs: Inputs<'_, 't>,
) -> Found<'t> {
    let is_name = op.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name {
        return apply(op, attributes, inputs);
    }
    let mut parser = Parser { rest: op, inputs, names: vec![] };
    let value = parser.sum()?;
    if !parser.rest.trim().is_empty() || !attributes.is_empty() {
        return Err(parser.unknown());
    }
    Ok(value)
}

fn apply<'t>(name: &str, attributes: &Map<String, Value>, inputs: Inputs<'_, 't>) -> Found<'t> {
    let attributes = Attributes::new(attributes);
    let value = operation(name, &attributes, inputs)?;
    attributes.all_read()?;
    Ok(value)
}

struct Parser<'s, 'i, 't> {
    rest: &'s str,
    inputs: Inputs<'i, 't>,
    names: Vec<&'s str>,
}

impl<'s, 't> Parser<'s, '_, 't> {
    fn unknown(&self) -> Trouble {
        Skipped(format!("the formula cannot be read from {:?} on", self.rest))
    }

    /// Takes the next character if it is `wanted`.
    fn take(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), Trouble> {
        if self.take(wanted) { Ok(()) } else { Err(self.unknown()) }
    }

    fn name(&mut self) -> Result<&'s str, Trouble> {
        self.rest = self.rest.trim_start();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        if length == 0 {
            return Err(self.unknown());
        }
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(name)
    }

    fn sum(&mut self) -> Found<'t> {
        let mut value = self.product()?;
        loop {
            if self.take('+') {
                value = value + self.product()?;
            } else if self.take('-') {
                value = value - self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Found<'t> {
        let mut value = self.call()?;
        loop {
            if self.take('*') {
                value = value * self.call()?;
            } else if self.take('/') {
                value = value / self.call()?;
            } else if self.take('@') {
                value = value.matmul(self.call()?);
            } else {
                return Ok(value);
            }
        }
    }

    fn call(&mut self) -> Found<'t> {
        let mut value = self.atom()?;
        while self.take('.') {
            let name = self.name()?;
            self.expect('(')?;
            self.expect(')')?;
            value = apply(name, &Map::new(), &[value])?;
        }
        Ok(value)
    }

    fn atom(&mut self) -> Found<'t> {
        if self.take('-') {
            return Ok(-self.call()?);
        }
        if self.take('(') {
            let value = self.sum()?;
            self.expect(')')?;
            return Ok(value);
        }
        let name = self.name()?;
        if !self.take('(') {
            let place = self.names.iter().position(|&known| known == name);
            let place = place.unwrap_or_else(|| {
                self.names.push(name);
                self.names.len() - 1
            });
            return self.inputs.get(place).copied().ok_or_else(|| self.unknown());
        }
        let mut arguments = vec![self.sum()?];
        while self.take(',') {
            arguments.push(self.sum()?);
        }
        self.expect(')')?;
        apply(name, &Map::new(), &arguments)
    }
}
