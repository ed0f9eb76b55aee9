//! Is this a checkpoint? What a file's header promises, compared with what the file holds.
//!
//! The `safetensors` crate checks offsets and sizes as well, but takes the last of two tensors of
//! one name, and names neither what a foreign file is nor, mostly, the tensor at fault.

use std::fmt;

use autograd::MAX_AXES;
use safetensors::Dtype;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::{Fault, element};
use crate::error::{shown, shown_up_to};

/// The tensors' names in the header's order, after a check of everything about a file but its
/// numbers.
pub(super) fn check(bytes: &[u8]) -> Result<Vec<String>, Fault> {
    if let Some(what) = foreign(bytes) {
        return Err(Fault::of_file(what.to_owned()));
    }
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(Fault::of_file(format!("{} bytes are too few for a checkpoint", bytes.len())));
    };
    let length = u64::from_le_bytes(*length);
    let header = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
    let Some((header, data)) = header else {
        return Err(Fault::of_file(format!(
            "cut short, or no safetensors file: the header takes {length} bytes, the file has {}",
            rest.len()
        )));
    };
    let no_json = |error: &dyn fmt::Display| {
        let error = shown_up_to(&error.to_string(), 120);
        Fault::of_file(format!("damaged, or no safetensors file: the header is no JSON: {error}"))
    };
    let text = std::str::from_utf8(header).map_err(|error| no_json(&error))?;
    let Entries(entries) = serde_json::from_str(text).map_err(|error| no_json(&error))?;

    let mut tensors = Vec::new();
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Fault::of_tensor(pair[0], "the header holds this name twice".to_owned()));
    }
    for (name, entry) in entries.iter().filter(|(name, _)| name != "__metadata__") {
        let info = info(name, entry).map_err(|fault| Fault::of_tensor(name, fault))?;
        tensors.push((info.offsets, name));
    }
    tensors.sort_unstable();
    let mut end = 0;
    for ((start, stop), name) in tensors {
        if start != end {
            let fault = format!("its bytes begin at {start}, where {end} is free");
            return Err(Fault::of_tensor(name, fault));
        }
        if stop > data.len() as u64 {
            let fault = format!("its bytes end at {stop}, the file's data at {}", data.len());
            return Err(Fault::of_tensor(name, fault));
        }
        end = stop;
    }
    if end != data.len() as u64 {
        let data = data.len();
        return Err(Fault::of_file(format!("{data} bytes of data follow the header, for {end}")));
    }
    Ok(entries.into_iter().map(|(name, _)| name).filter(|name| name != "__metadata__").collect())
}

/// What a file is that was given by mistake.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.trim_ascii_start();
    let page = |mark: &str| {
        text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark.as_bytes()))
    };
    if bytes.is_empty() {
        Some("the file is empty")
    } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x80\x02") {
        Some(
            "this is a file of torch.save, not of safetensors; in Python, safetensors.torch.save_file(\
             torch.load(\"model.pt\", weights_only=True), \"model.safetensors\") converts a state dict",
        )
    } else if bytes.starts_with(b"version https://git-lfs") {
        Some("this is a Git LFS pointer, not the file it stands for; `git lfs pull` fetches that")
    } else if page("<!doctype") || page("<html") || page("<?xml") {
        Some("this is a web page, not a checkpoint: the download brought something else")
    } else if bytes.starts_with(b"\x89HDF") {
        Some("this is an HDF5 file, not a safetensors file")
    } else if bytes.starts_with(b"GGUF") {
        Some("this is a GGUF file, not a safetensors file")
    } else if bytes.starts_with(b"\x93NUMPY") {
        Some("this is a NumPy array, not a safetensors file")
    } else {
        None
    }
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
fn info(name: &str, entry: &serde_json::Value) -> Result<Info, String> {
    let info: Info = serde::Deserialize::deserialize(entry)
        .map_err(|error| format!("damaged: {}", shown_up_to(&error.to_string(), 120)))?;
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

/// A JSON object as it stands, names that occur twice included.
struct Entries(Vec<(String, serde_json::Value)>);
impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Entries;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an object of tensors")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entries, M::Error> {
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
