//! What a file is that was given by mistake.

use std::borrow::Cow;

use crate::error::shown;

/// What a file that is no safetensors file may be, by its first bytes.
///
/// Asked only once a file is known to be none: a header of 640 bytes begins like a pickle.
pub(super) fn name(start: &[u8]) -> Option<Cow<'static, str>> {
    let text = start.trim_ascii_start();
    let page = |mark: &str| {
        text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark.as_bytes()))
    };
    let holds = |mark: &[u8]| start.windows(mark.len()).any(|window| window == mark);
    let pickle = matches!(start, [0x80, 2..=5, ..]);
    let zip = start.starts_with(b"PK\x03\x04");
    let what = if start.is_empty() {
        "the file is empty"
    } else if pickle || zip && holds(b"data.pkl") {
        "this is a file of torch.save, not of safetensors; in Python, safetensors.torch.save_file(\
         torch.load(\"model.pt\", weights_only=True), \"model.safetensors\") converts a state dict"
    } else if zip {
        "this is a zip archive, not a safetensors file"
    } else if start.starts_with(b"version https://git-lfs") {
        "this is a Git LFS pointer, not the file it stands for; `git lfs pull` fetches that"
    } else if page("<!doctype") || page("<html") || page("<?xml") {
        "this is a web page, not a checkpoint: the download brought something else"
    } else if start.starts_with(b"\x89HDF") {
        "this is an HDF5 file, not a safetensors file"
    } else if start.starts_with(b"GGUF") {
        "this is a GGUF file, not a safetensors file"
    } else if start.starts_with(b"\x93NUMPY") {
        "this is a NumPy array, not a safetensors file"
    } else if start.starts_with(b"\x1F\x8B") {
        "this is a gzip archive, not a safetensors file"
    } else if start.iter().all(|&byte| byte == 0) {
        "the file begins with zeros alone: a write that never reached the disk, or no checkpoint"
    } else {
        return readable(start).map(|text| {
            format!("this is text, not a safetensors file: \"{}\"", shown(text)).into()
        });
    };
    Some(what.into())
}

/// The bytes as text, if they are the beginning of one; the length of a header never is.
fn readable(start: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(start) {
        // A character that the cut went through.
        Err(error) if error.error_len().is_none() => &start[..error.valid_up_to()],
        other => other.ok()?.as_bytes(),
    };
    let text = std::str::from_utf8(text).ok()?.trim_ascii();
    let plain = |c: char| !c.is_control() || c.is_ascii_whitespace();
    (!text.is_empty() && text.chars().all(plain)).then_some(text)
}
