//! Is this a checkpoint? What a file's header promises, compared with what the file holds.
//!
//! The `safetensors` crate checks offsets and sizes as well, but takes the last of two tensors of
//! one name, and names neither what a foreign file is nor, mostly, the tensor at fault.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use autograd::MAX_AXES;
use safetensors::Dtype;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Fault, element, foreign};
use crate::error::{shown, shown_up_to};

/// The most bytes that a header may take: the format's own limit.
const LONGEST: u64 = 100_000_000;

/// The most bytes in which a tensor is described: eight sizes of twenty digits fit many times over.
const LONGEST_ENTRY: usize = 4096;

/// A header that contradicts neither itself nor the number of bytes that follow it.
#[derive(Debug)]
pub(super) struct Header {
    /// The tensors' names, in the header's order.
    pub(super) names: Vec<String>,
    /// The metadata, by key.
    pub(super) metadata: BTreeMap<String, String>,
}

/// Reads a file of this length, after a check of everything about it but its numbers.
///
/// Nothing is allocated on the file's word: every length is compared with the file's own first.
pub(super) fn read(mut file: impl Read, length: u64) -> Result<(Header, Vec<u8>), Fault> {
    let mut bytes = Vec::new();
    let mut read_up_to = |bytes: &mut Vec<u8>, end: u64| {
        let more = end.saturating_sub(bytes.len() as u64);
        file.by_ref().take(more).read_to_end(bytes).map_err(Fault::Io)?;
        let complete = bytes.len() as u64 >= end;
        complete.then_some(()).ok_or_else(|| Fault::of_file("it was cut short while it was read"))
    };
    // Enough to tell what the file is, should it be no checkpoint.
    read_up_to(&mut bytes, length.min(512))?;
    let stranger = |bytes: &[u8], otherwise: String| {
        Fault::of_file(foreign::name(&bytes[..bytes.len().min(512)]).unwrap_or(otherwise.into()))
    };
    let Some(taken) = bytes.first_chunk::<8>().map(|taken| u64::from_le_bytes(*taken)) else {
        let fault = format!("{} bytes are too few for a checkpoint", bytes.len());
        return Err(stranger(&bytes, fault));
    };
    let rest = length - 8;
    if taken > rest.min(LONGEST) {
        let fault = format!(
            "cut short, or no safetensors file: the header takes {taken} bytes, but {rest} follow"
        );
        return Err(stranger(&bytes, fault));
    }
    let end = 8 + taken;
    read_up_to(&mut bytes, end)?;
    let no_json = |error: &dyn fmt::Display| {
        let error = shown_up_to(&error.to_string(), 110);
        let fault = format!("damaged, or no safetensors file: the header is no JSON: {error}");
        stranger(&bytes, fault)
    };
    let text = std::str::from_utf8(&bytes[8..end as usize]).map_err(|error| no_json(&error))?;
    if !text.starts_with('{') {
        return Err(no_json(&"it does not begin with a brace"));
    }
    let Entries(entries) = serde_json::from_str(text).map_err(|error| no_json(&error))?;
    let header = check(entries, length - end)?;
    read_up_to(&mut bytes, length)?;
    Ok((header, bytes))
}

/// Checks the entries of a header before `data` bytes.
fn check(entries: Vec<(String, &RawValue)>, data: u64) -> Result<Header, Fault> {
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Fault::of_tensor(pair[0], "the header holds this name twice"));
    }
    let mut header = Header { names: Vec::new(), metadata: BTreeMap::new() };
    let mut places = Vec::new();
    for (name, entry) in entries {
        if name == "__metadata__" {
            header.metadata = serde_json::from_str(entry.get()).map_err(|error| {
                let error = shown_up_to(&error.to_string(), 110);
                Fault::of_file(format!("damaged: the metadata are no texts by name: {error}"))
            })?;
            continue;
        }
        let info = info(&name, entry.get()).map_err(|fault| Fault::of_tensor(&name, fault))?;
        places.push((info.offsets, header.names.len()));
        header.names.push(name);
    }
    places.sort_unstable();
    let mut end = 0;
    for ((start, stop), index) in places {
        let fault = if start != end {
            format!("its bytes begin at {start}, where {end} is free")
        } else if stop > data {
            format!("its bytes end at {stop}, the file's data at {data}")
        } else {
            end = stop;
            continue;
        };
        return Err(Fault::of_tensor(&header.names[index], fault));
    }
    if end != data {
        return Err(Fault::of_file(format!("{data} bytes of data follow the header, for {end}")));
    }
    Ok(header)
}

/// A tensor as the header describes it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    dtype: Dtype,
    shape: Vec<u64>,
    #[serde(rename = "data_offsets")]
    offsets: (u64, u64),
}

/// The description of a tensor, if it does not contradict itself.
fn info(name: &str, entry: &str) -> Result<Info, String> {
    if entry.len() > LONGEST_ENTRY {
        return Err(format!("damaged: its description takes {} bytes", entry.len()));
    }
    let info: Info = serde_json::from_str(entry)
        .map_err(|error| format!("damaged: {}", shown_up_to(&error.to_string(), 110)))?;
    if !element::is_read(name, info.dtype) {
        return Err(format!("numbers of type {} are not read", info.dtype));
    }
    if info.shape.len() > MAX_AXES {
        return Err(format!("{} axes are more than {MAX_AXES}", info.shape.len()));
    }
    let (start, stop) = info.offsets;
    let entries = info.shape.iter().try_fold(1_u64, |product, &size| product.checked_mul(size));
    let bytes = entries.and_then(|entries| entries.checked_mul(info.dtype.bitsize() as u64 / 8));
    if bytes.is_none() || bytes != stop.checked_sub(start) {
        let shape = shown(&format!("{:?}", info.shape));
        let (dtype, offsets) = (info.dtype, info.offsets);
        return Err(format!("bytes {} to {} do not hold {shape} of {dtype}", offsets.0, offsets.1));
    }
    Ok(info)
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
