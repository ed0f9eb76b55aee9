//! Is this a checkpoint? What a file's header promises, compared with what the file holds.
//!
//! The `safetensors` crate checks offsets and sizes as well, but takes the last of two tensors of
//! one name, and names neither what a foreign file is nor, mostly, the tensor at fault.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::ops::Range;

use safetensors::Dtype;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::Fault;
use super::foreign;
use crate::error::shown;

/// The most bytes that a header may take: the format's own limit.
const LONGEST: u64 = 100_000_000;

/// The most bytes in which a tensor is described: eight sizes of twenty digits fit many times over.
const LONGEST_ENTRY: usize = 4096;

/// A header that contradicts neither itself nor the number of bytes that follow it.
#[derive(Debug)]
pub(super) struct Header {
    /// The tensors, in the header's order.
    pub(super) entries: Vec<Entry>,
    /// The metadata, by key.
    pub(super) metadata: BTreeMap<String, String>,
}

/// A tensor as the header describes it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// Where its numbers stand among the bytes that follow the header.
    pub(super) place: Range<usize>,
}

/// Reads a file of this length, after a check of everything about it but its numbers; the bytes are
/// those that follow the header.
///
/// Nothing is allocated on the file's word: every length is compared with the file's own first.
pub(super) fn read(mut file: impl Read, length: u64) -> Result<(Header, Vec<u8>), Fault> {
    // Enough to tell what the file is, should it be no checkpoint.
    let mut start = Vec::new();
    read_up_to(&mut file, &mut start, length.min(512))?;
    let stranger = |start: &[u8], otherwise: String| {
        Fault::of_file(foreign::name(&start[..start.len().min(512)]).unwrap_or(otherwise.into()))
    };
    let Some(taken) = start.first_chunk::<8>().map(|taken| u64::from_le_bytes(*taken)) else {
        let fault = format!("{} bytes are too few for a checkpoint", start.len());
        return Err(stranger(&start, fault));
    };
    let rest = length - 8;
    if taken > rest.min(LONGEST) {
        let limit = if taken > rest {
            format!("but {rest} follow")
        } else {
            format!("the format allows {LONGEST}")
        };
        let fault = format!("the header takes {taken} bytes, {limit}");
        return Err(stranger(&start, format!("cut short, or no safetensors file: {fault}")));
    }
    let end = 8 + taken as usize;
    read_up_to(&mut file, &mut start, end as u64)?;
    let mut data = start.split_off(end);
    let entries = entries(&start[8..]).map_err(|why| {
        stranger(&start, format!("damaged, or no safetensors file: the header {why}"))
    })?;
    let header = check(entries, rest - taken)?;
    read_up_to(&mut file, &mut data, rest - taken)?;
    Ok((header, data))
}

/// Appends bytes of the file until there are `end`.
fn read_up_to(file: &mut impl Read, bytes: &mut Vec<u8>, end: u64) -> Result<(), Fault> {
    let more = end.saturating_sub(bytes.len() as u64);
    file.by_ref().take(more).read_to_end(bytes).map_err(Fault::Io)?;
    let complete = bytes.len() as u64 >= end;
    complete.then_some(()).ok_or_else(|| Fault::of_file("it was cut short while it was read"))
}

/// The names in a header, with what stands under them.
fn entries(header: &[u8]) -> Result<Vec<(String, &RawValue)>, String> {
    let text = std::str::from_utf8(header)
        .map_err(|error| format!("is no text: its byte {} is no UTF-8", error.valid_up_to()))?;
    if !text.starts_with('{') {
        return Err("is no JSON: it does not begin with a brace".to_owned());
    }
    let Entries(entries) = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("is no JSON: line {line}, column {column} is not what must stand there")
    })?;
    Ok(entries)
}

/// Checks the entries of a header before `data` bytes.
fn check(entries: Vec<(String, &RawValue)>, data: u64) -> Result<Header, Fault> {
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Fault::of_tensor(pair[0], "the header holds this name twice"));
    }
    let mut header = Header { entries: Vec::new(), metadata: BTreeMap::new() };
    for (name, description) in entries {
        if name == "__metadata__" {
            let fault = |why| Fault::of_file(format!("damaged: the metadata {why}"));
            header.metadata = metadata(description.get()).map_err(fault)?;
        } else {
            let entry = entry(&name, description.get());
            header.entries.push(entry.map_err(|fault| Fault::of_tensor(&name, fault))?);
        }
    }
    let mut by_place: Vec<&Entry> = header.entries.iter().collect();
    by_place.sort_unstable_by_key(|entry| (entry.place.start, entry.place.end));
    let mut end = 0;
    for Entry { name, place, .. } in by_place {
        let fault = if place.start != end {
            format!("its bytes begin at {}, where {end} is free", place.start)
        } else if place.end as u64 > data {
            format!("its bytes end at {}, the file's data at {data}", place.end)
        } else {
            end = place.end;
            continue;
        };
        return Err(Fault::of_tensor(name, fault));
    }
    if end as u64 != data {
        return Err(Fault::of_file(format!("{data} bytes of data follow the header, for {end}")));
    }
    Ok(header)
}

/// The metadata: texts by name, or what is wrong with them.
fn metadata(description: &str) -> Result<BTreeMap<String, String>, String> {
    let Entries(entries) =
        serde_json::from_str(description).map_err(|_| "are no texts by name".to_owned())?;
    let mut metadata = BTreeMap::new();
    for (key, value) in entries {
        let (name, value) = (shown(&key), value.get());
        let text: String = serde_json::from_str(value)
            .map_err(|_| format!("are no texts by name: \"{name}\" is {}", shown(value)))?;
        if metadata.insert(key, text).is_some() {
            return Err(format!("hold \"{name}\" twice"));
        }
    }
    Ok(metadata)
}

/// What a tensor's description must hold, and what each is.
const FACTS: [(&str, &str); 3] = [
    ("dtype", "none of the format's types"),
    ("shape", "no list of sizes"),
    ("data_offsets", "no pair of places"),
];

/// The tensor of a description that does not contradict itself.
fn entry(name: &str, description: &str) -> Result<Entry, String> {
    if description.len() > LONGEST_ENTRY {
        return Err(format!("damaged: its description takes {} bytes", description.len()));
    }
    let Entries(described) = serde_json::from_str(description)
        .map_err(|_| "damaged: its description is no object".to_owned())?;
    let mut facts = [None; FACTS.len()];
    for (key, value) in described {
        let fact = FACTS.iter().position(|(fact, _)| *fact == key);
        let fact = fact.ok_or_else(|| format!("damaged: a \"{}\" is described", shown(&key)))?;
        if facts[fact].replace(value).is_some() {
            return Err(format!("damaged: its {key} stands there twice"));
        }
    }
    let [dtype, shape, offsets] = facts;
    let dtype: Dtype = fact(FACTS[0], dtype)?;
    let sizes: Vec<u64> = fact(FACTS[1], shape)?;
    let (start, stop): (u64, u64) = fact(FACTS[2], offsets)?;
    // As if no size were 0: a shape beyond all memory is refused, empty or not.
    let product = |at_least: u64| {
        sizes.iter().try_fold(1_u64, |product, &size| product.checked_mul(size.max(at_least)))
    };
    let bits = product(1).and_then(|_| product(0)?.checked_mul(dtype.bitsize() as u64));
    if bits.is_none() || bits != stop.checked_sub(start).and_then(|bytes| bytes.checked_mul(8)) {
        let shape = shown(&format!("{sizes:?}"));
        return Err(format!("bytes {start} to {stop} do not hold {shape} of {dtype}"));
    }
    let whole = |number: u64| usize::try_from(number).map_err(|_| format!("{number} is too large"));
    let shape = sizes.into_iter().map(whole).collect::<Result<_, _>>()?;
    Ok(Entry { name: name.to_owned(), dtype, shape, place: whole(start)?..whole(stop)? })
}

/// A fact of a tensor's description.
fn fact<T: DeserializeOwned>(
    (name, wrong): (&str, &str),
    value: Option<&RawValue>,
) -> Result<T, String> {
    let value = value.ok_or_else(|| format!("damaged: its description has no {name}"))?.get();
    serde_json::from_str(value)
        .map_err(|_| format!("damaged: its {name} is {}, {wrong}", shown(value)))
}

/// A JSON object as it stands, names that occur twice included, its values not yet read.
struct Entries<'a>(Vec<(String, &'a RawValue)>);
impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Entries<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an object of tensors")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entries<'de>, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
