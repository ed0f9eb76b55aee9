//! Bytes as text: how much is read, what is no text, and where a byte stands.

use std::io::Read;

use crate::Error;

/// Everything the reader gives, if that is no more than `max_bytes`.
///
/// A zero byte ends the reading early: what follows cannot make the bytes a text, and some sources
/// of zeros have no end.
pub(super) fn read(file: &str, reader: impl Read, max_bytes: usize) -> Result<Vec<u8>, Error> {
    const PIECE: u64 = 1 << 16;
    let mut reader = reader;
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        reader.by_ref().take(PIECE).read_to_end(&mut bytes).map_err(|source| Error::Io {
            file: file.into(),
            action: "read",
            source,
        })?;
        if bytes.len() > max_bytes {
            let fault = format!("there are more than {max_bytes} bytes: `max_bytes` allows more");
            return Err(fault_at(file, None, fault));
        }
        if bytes.len() == before || bytes[before..].contains(&0) {
            return Ok(bytes);
        }
    }
}

/// The bytes as text, without the mark that some programs put before it.
pub(super) fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    let refuse = |line, fault: &str| Err(fault_at(file, line, fault.to_owned()));
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let kinds: [(&[u8], &str); 4] = [
        (b"\xFF\xFE", "the text is UTF-16, not UTF-8: save it as UTF-8"),
        (b"\xFE\xFF", "the text is UTF-16, not UTF-8: save it as UTF-8"),
        (b"PK\x03\x04", "this is a zip archive or a spreadsheet: export the table as CSV"),
        (b"\x1F\x8B", "this is a gzip archive: unpack it first"),
    ];
    if let Some((_, fault)) = kinds.iter().find(|(start, _)| bytes.starts_with(start)) {
        return refuse(None, fault);
    }
    if let Some(zero) = bytes.iter().position(|byte| *byte == 0) {
        if bytes.iter().all(|byte| *byte == 0) {
            return refuse(None, "there are only zero bytes: the file was never written");
        }
        return refuse(Some(line_of(bytes, zero)), "there is a zero byte: this is no text");
    }
    std::str::from_utf8(bytes)
        .or_else(|error| refuse(Some(line_of(bytes, error.valid_up_to())), "the text is not UTF-8"))
}

/// The line on which an editor shows this byte, counted from 1: LF, CR LF and a lone CR each end a
/// line.
pub(super) fn line_of(bytes: &[u8], byte: usize) -> usize {
    let ends = |i: &usize| match bytes[*i] {
        b'\n' => true,
        b'\r' => bytes.get(i + 1) != Some(&b'\n'),
        _ => false,
    };
    1 + (0..byte).filter(ends).count()
}

fn fault_at(file: &str, line: Option<usize>, fault: String) -> Error {
    Error::Table { file: file.to_owned(), line, column: None, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        let zeros = read("zeros", std::io::repeat(0), usize::MAX).unwrap();
        assert_eq!(
            decode("zeros", &zeros).unwrap_err().to_string(),
            "zeros: there are only zero bytes: the file was never written"
        );
        let error = read("yes", std::io::repeat(b'y'), 1 << 20).unwrap_err();
        assert_eq!(
            error.to_string(),
            "yes: there are more than 1048576 bytes: `max_bytes` allows more"
        );
    }

    #[test]
    fn a_text_of_exactly_the_limit_is_read() {
        assert_eq!(read("t", &b"1234"[..], 4).unwrap(), b"1234");
        assert!(read("t", &b"12345"[..], 4).is_err());
    }

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let text = b"a\nb\r\nc\rd\n\r\n\re";
        let lines: Vec<usize> = b"abcde"
            .iter()
            .map(|c| line_of(text, text.iter().position(|byte| byte == c).unwrap()))
            .collect();
        assert_eq!(lines, [1, 2, 3, 4, 7]);
    }
}
