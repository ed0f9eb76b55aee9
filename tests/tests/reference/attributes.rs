//! The attributes of a case. One that nobody asked for makes the case skipped, not wrong.

use std::cell::RefCell;
use std::collections::BTreeSet;

use autograd::Tensor;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Stored;
use crate::Trouble::{self, Skipped, Unreadable};

/// A case's attributes, and which of them were read.
pub(crate) struct Attributes<'a> {
    map: &'a Map<String, Value>,
    read: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(map: &'a Map<String, Value>) -> Self {
        // A note explains; it does not change what is computed.
        Attributes { map, read: RefCell::new(BTreeSet::from(["note"])) }
    }

    /// The attribute, `None` if it is absent or null.
    pub(crate) fn get<T: for<'de> Deserialize<'de>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, Trouble> {
        self.read.borrow_mut().insert(name);
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value)
                .map(Some)
                .map_err(|error| Unreadable(format!("attribute {name} is {value}: {error}"))),
        }
    }

    pub(crate) fn need<T: for<'de> Deserialize<'de>>(
        &self,
        name: &'static str,
    ) -> Result<T, Trouble> {
        self.get(name)?.ok_or_else(|| Unreadable(format!("attribute {name} is missing")))
    }

    /// An axis; negative ones count from the end.
    pub(crate) fn axis(&self, name: &'static str, rank: usize) -> Result<usize, Trouble> {
        from_end(self.need(name)?, rank)
    }

    /// The axes of a reduction; all of them if none are named.
    pub(crate) fn axes(&self, rank: usize) -> Result<Vec<usize>, Trouble> {
        match self.get::<Vec<i64>>("axes")? {
            None => Ok((0..rank).collect()),
            Some(axes) => axes.into_iter().map(|axis| from_end(axis, rank)).collect(),
        }
    }

    /// Whole numbers, however deeply nested, and the shape of the nesting.
    pub(crate) fn indices(&self, name: &'static str) -> Result<(Vec<usize>, Vec<usize>), Trouble> {
        let (mut shape, mut flat) = (vec![], vec![]);
        flatten(&self.need(name)?, 0, &mut shape, &mut flat)
            .ok_or_else(|| Unreadable(format!("attribute {name} is no array of indices")))?;
        Ok((shape, flat))
    }

    pub(crate) fn tensor(&self, name: &'static str) -> Result<Tensor<f64>, Trouble> {
        self.need::<Stored>(name).map(|stored| stored.0)
    }

    /// Skips the case if it has an attribute that was not read.
    pub(crate) fn all_read(&self) -> Result<(), Trouble> {
        let read = self.read.borrow();
        match self.map.keys().find(|key| !read.contains(key.as_str())) {
            Some(key) => Err(Skipped(format!("attribute {key} does not exist here"))),
            None => Ok(()),
        }
    }
}

/// Counts a negative axis from the end.
fn from_end(axis: i64, rank: usize) -> Result<usize, Trouble> {
    let counted = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(counted)
        .ok()
        .filter(|&axis| axis < rank)
        .ok_or_else(|| Unreadable(format!("there is no axis {axis} among {rank}")))
}

fn flatten(
    value: &Value,
    depth: usize,
    shape: &mut Vec<usize>,
    flat: &mut Vec<usize>,
) -> Option<()> {
    match value {
        Value::Array(items) => {
            if shape.len() == depth {
                shape.push(items.len());
            }
            let regular = shape[depth] == items.len();
            items.iter().try_for_each(|item| flatten(item, depth + 1, shape, flat))?;
            regular.then_some(())
        }
        Value::Object(stored) => {
            *shape = Vec::deserialize(stored.get("shape")?).ok()?;
            flat.extend(stored.get("data")?.as_array()?.iter().filter_map(whole));
            (flat.len() == shape.iter().product::<usize>()).then_some(())
        }
        other => whole(other).map(|i| flat.push(i)),
    }
}

fn whole(value: &Value) -> Option<usize> {
    match value {
        Value::Bool(set) => Some(usize::from(*set)),
        other => other.as_u64().map(|i| i as usize),
    }
}
