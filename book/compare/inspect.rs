//! `compare inspect FILE`: what a checkpoint holds.

use std::fmt::Write as _;
use std::path::Path;

use nn::NetworkSpec;
use nn::checkpoint::{self, Summary, TensorSummary};
use serde_json::Value;

use crate::failure::Failure;

/// The checkpoint's tensors, and what is noted beside them; its fault is the user's to mend.
pub(crate) fn inspect(file: &Path) -> Result<String, Failure> {
    let summary = checkpoint::inspect(file).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(text(&file.to_string_lossy(), &summary))
}

fn text(file: &str, summary: &Summary) -> String {
    let Summary { bytes, tensors, notes, hash, metadata, .. } = summary;
    let numbers: usize = tensors.iter().map(|tensor| tensor.shape.iter().product::<usize>()).sum();
    let checked = if hash.is_some() { "the hash is right" } else { "without a hash" };
    let mut text = format!(
        "{}: {}, {}, {}, {checked}\n\n",
        visible(file),
        counted(tensors.len(), "tensor"),
        counted(numbers, "number"),
        counted(*bytes, "byte"),
    );
    let mut rows = vec![["tensor", "type", "shape", "norm"].map(String::from)];
    rows.extend(tensors.iter().map(row));
    table(&mut text, &rows);

    let noted = notes.iter().map(|(name, note)| [visible(name), visible(&shown(name, note))]);
    let others = metadata.iter().map(|(name, note)| [visible(name), visible(note)]);
    let rows: Vec<_> = noted.chain(others).collect();
    if !rows.is_empty() {
        text.push('\n');
        table(&mut text, &rows);
    }
    text
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn row(tensor: &TensorSummary) -> [String; 4] {
    let mut norm = match tensor.norm {
        0.0 => "0".to_owned(),
        norm if (1e-3..1e6).contains(&norm) => format!("{norm:.4}"),
        norm => format!("{norm:.4e}"),
    };
    if tensor.num_not_finite > 0 {
        // Writing to a text cannot fail.
        let _ = write!(norm, ", without {} that are not finite", tensor.num_not_finite);
    }
    [visible(&tensor.name), tensor.dtype.clone(), format!("{:?}", tensor.shape), norm]
}

/// A note as people read it: an architecture as it prints, a text without quotes, else JSON.
fn shown(name: &str, note: &Value) -> String {
    match note {
        Value::String(text) => text.clone(),
        _ if name == "spec" => NetworkSpec::from_json(&note.to_string())
            .map_or_else(|_| note.to_string(), |spec| spec.to_string()),
        _ => note.to_string(),
    }
}

/// Columns under each other; an entry that is very long makes no other line long.
fn table<const N: usize>(text: &mut String, rows: &[[String; N]]) {
    const WIDEST: usize = 40;
    let length = |entry: &str| entry.chars().count();
    let widths: [usize; N] = std::array::from_fn(|column| {
        rows.iter().map(|row| length(&row[column])).max().unwrap_or(0).min(WIDEST)
    });
    for row in rows {
        let mut line = String::new();
        for (entry, width) in row.iter().zip(widths) {
            let _ = write!(line, "{entry:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// The text without what a terminal would obey or hide.
fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let mut shown = String::new();
    for c in text.chars() {
        if hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}
