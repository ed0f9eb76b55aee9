//! Bytes as text: how much is read, what is no text, and where a byte stands.

use std::io::Read;

use crate::Error;

/// Everything the reader gives, behind these bytes, if that is no more than `max_bytes`.
///
/// A zero byte ends the reading early: what follows cannot make the bytes a text, and some sources
/// of zeros have no end.
pub(super) fn read(
    file: &str,
    mut reader: impl Read,
    mut bytes: Vec<u8>,
    max_bytes: usize,
) -> Result<Vec<u8>, Error> {
    const PIECE: u64 = 1 << 16;
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
        if every_second_is_zero(bytes) {
            return refuse(None, "the text is UTF-16, not UTF-8: save it as UTF-8");
        }
        return refuse(Some(line_of(bytes, zero)), "there is a zero byte: this is no text");
    }
    std::str::from_utf8(bytes)
        .or_else(|error| refuse(Some(line_of(bytes, error.valid_up_to())), "the text is not UTF-8"))
}

/// Whether it looks like UTF-16 without its mark: of the first characters nearly all are ASCII, whose
/// other half is zero.
fn every_second_is_zero(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1 << 10) & !1];
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    start.len() >= 8 && even.min(odd) == 0 && 20 * even.max(odd) >= 9 * start.len()
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
        let zeros = read("zeros", std::io::repeat(0), vec![], usize::MAX).unwrap();
        assert_eq!(
            decode("zeros", &zeros).unwrap_err().to_string(),
            "zeros: there are only zero bytes: the file was never written"
        );
        let error = read("yes", std::io::repeat(b'y'), vec![], 1 << 20).unwrap_err();
        assert_eq!(
            error.to_string(),
            "yes: there are more than 1048576 bytes: `max_bytes` allows more"
        );
    }

    #[test]
    fn a_text_of_exactly_the_limit_is_read() {
        assert_eq!(read("t", &b"1234"[..], vec![], 4).unwrap(), b"1234");
        assert!(read("t", &b"12345"[..], vec![], 4).is_err());
    }

    #[test]
    fn utf_16_is_told_without_its_mark_and_from_other_zeros() {
        let text = "x,kind\n1,a\n2,caf\u{e9}\n";
        for wide in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(wide).collect();
            let error = decode("t", &bytes).unwrap_err().to_string();
            assert_eq!(error, "t: the text is UTF-16, not UTF-8: save it as UTF-8");
        }
        let error = decode("t", b"x,kind\n1,a\n\0\0,b\n").unwrap_err().to_string();
        assert_eq!(error, "t:3: there is a zero byte: this is no text");
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
