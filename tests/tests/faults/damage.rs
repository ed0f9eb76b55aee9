//! Random cuts, flips and other damage: an error or the right answer, never a panic, never a
//! changed model.

use std::fs;

use nn::{Parameters, Seed, checkpoint, generator};
use rand::RngExt;
use tests::files::{Folder, safetensors};
use tests::stopping::{Rule, Training};

use crate::{assert_sentence, model, times};

/// Damages bytes in one random way.
fn damage(bytes: &mut Vec<u8>, random: &mut impl RngExt) -> String {
    let (place, other) = (random.random_range(0..bytes.len()), random.random_range(0..bytes.len()));
    let (start, end) = (place.min(other), place.max(other));
    match random.random_range(0..9) {
        0 | 1 => {
            bytes.truncate(place);
            format!("cut at {place}")
        }
        2..=4 => {
            let bit = random.random_range(0..8);
            bytes[place] ^= 1 << bit;
            format!("bit {bit} of byte {place} flipped")
        }
        5 => {
            let byte = random.random_range(0..=255);
            bytes[place] = byte;
            format!("byte {place} set to {byte}")
        }
        6 => {
            bytes.drain(start..end);
            format!("bytes {start}..{end} taken out")
        }
        7 => {
            let piece = bytes[start..end].to_vec();
            let _ = bytes.splice(end..end, piece);
            format!("bytes {start}..{end} twice")
        }
        _ => {
            bytes[start..].fill(0);
            format!("zeros from byte {start} on")
        }
    }
}

/// How often damage was refused, and how often it was none.
#[derive(Default)]
struct Counts {
    refused: usize,
    loaded: usize,
}

/// Runs `check` on so many damaged files; it returns whether the file was refused.
fn damaged(bytes: &[u8], what: &str, mut check: impl FnMut(&std::path::Path, &str) -> bool) {
    let folder = Folder::new();
    let file = folder.file("damaged.safetensors");
    let mut random = generator(Seed::new(5).child(what));
    let mut counts = Counts::default();
    for case in 0..1000 * times() {
        let mut bytes = bytes.to_vec();
        let mut how = damage(&mut bytes, &mut random);
        if case % 4 == 0 && !bytes.is_empty() {
            how = format!("{how}, then {}", damage(&mut bytes, &mut random));
        }
        fs::write(&file, &bytes).unwrap();
        let refused = check(&file, &how);
        *(if refused { &mut counts.refused } else { &mut counts.loaded }) += 1;
    }
    println!("{what}: {} damaged files refused, {} loaded", counts.refused, counts.loaded);
    assert!(counts.refused > 900 * times(), "damage goes by unseen: {}", counts.loaded);
}

#[test]
fn a_damaged_model_is_refused_or_unharmed() {
    let folder = Folder::new();
    let file = folder.file("model.safetensors");
    let saved = model(1);
    checkpoint::save(&file, &saved).unwrap();
    let (right, target) = (saved.state_dict(), model(2));
    let before = target.state_dict();
    damaged(&fs::read(&file).unwrap(), "model", |file, how| {
        if let Err(error) = checkpoint::load(file, &target) {
            assert_sentence(&error);
            assert_eq!(target.state_dict(), before, "{how}");
            return true;
        }
        assert_eq!(target.state_dict(), right, "{how}");
        target.load_state_dict(&before).unwrap();
        false
    });
}

#[test]
fn damaged_training_is_refused_or_unharmed() {
    let folder = Folder::new();
    let file = folder.file("training.safetensors");
    let mut saved = Training::start(Rule::Adam, Seed::new(1), Seed::new(2));
    saved.train(7);
    saved.save(&file).unwrap();
    let right = saved.state();
    let mut target = Training::start(Rule::Adam, Seed::new(3), Seed::new(4));
    target.train(2);
    let before = target.state();
    let bytes = fs::read(&file).unwrap();
    damaged(&bytes, "training", |file, how| {
        if let Err(error) = target.restore(file) {
            assert_sentence(&error);
            assert_eq!(target.state(), before, "{how}");
            return true;
        }
        assert_eq!(target.state(), right, "{how}");
        target.model.load_state_dict(&before.0).unwrap();
        target.optimizer.load_state(&before.1).unwrap();
        target.progress = before.2.clone();
        false
    });
}

/// Files of others have no hash: a changed number cannot be seen, but all else is.
#[test]
fn a_damaged_file_without_a_hash_is_refused_or_has_the_same_tensors() {
    let header = r#"{"bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"weight":{"dtype":"F32","shape":[3,4],"data_offsets":[12,60]}}"#;
    let data: Vec<u8> = (0..15).flat_map(|i| (i as f32 / 7.0).to_le_bytes()).collect();
    let target = model(2);
    let before = target.state_dict();
    let check = |file: &std::path::Path, how: &str| match checkpoint::load(file, &target) {
        Err(error) => {
            assert_sentence(&error);
            assert_eq!(target.state_dict(), before, "{how}");
            true
        }
        Ok(report) => {
            assert_eq!(report.loaded, ["weight", "bias"], "{how}");
            target.load_state_dict(&before).unwrap();
            false
        }
    };
    let folder = Folder::new();
    let (whole, file) = (safetensors(header, &data), folder.file("whole.safetensors"));
    fs::write(&file, &whole).unwrap();
    assert!(!check(&file, "whole"));
    let mut random = generator(Seed::new(6));
    let (mut refused, cases) = (0, 1000 * times());
    for _ in 0..cases {
        let mut bytes = whole.clone();
        let how = damage(&mut bytes, &mut random);
        fs::write(&file, &bytes).unwrap();
        refused += usize::from(check(&file, &how));
    }
    println!("no hash: {refused} of {cases} damaged files refused, the others have other numbers");
    assert!(refused > cases / 2);
}

#[test]
fn every_byte_of_a_small_file_matters() {
    let folder = Folder::new();
    let file = folder.file("model.safetensors");
    checkpoint::save(&file, &model(1)).unwrap();
    let whole = fs::read(&file).unwrap();
    let (target, bits) = (model(2), 8);
    let before = target.state_dict();
    for place in 0..whole.len() {
        for bit in 0..bits {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << bit;
            fs::write(&file, &bytes).unwrap();
            let error = checkpoint::load(&file, &target).expect_err("a bit is flipped");
            assert_sentence(&error);
        }
    }
    assert_eq!(target.state_dict(), before);
    println!("{} flipped bits of {} bytes, all refused", whole.len() * bits, whole.len());
}
