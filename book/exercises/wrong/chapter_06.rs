//! Chapter 6: parameter transfer.

use nn::Parameters as _;

use super::{Wrong, wrong};
use crate::answers::chapter_06 as answers;
use crate::checks::chapter_06 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong(
        "nearest",
        "the shortest solution, wherever one begins",
        || {
            checks::nearest(|start, x, y| {
                answers::nearest(&vec![0.0; start.len()], x, y)
            })
        },
    ),
    wrong("nearest", "one step of rate 1", || {
        checks::nearest(|start, x, y| {
            let inner = start.iter().zip(x).map(|(a, b)| a * b);
            let miss = y - inner.sum::<f64>();
            start.iter().zip(x).map(|(a, x)| a + miss * x).collect()
        })
    }),
    wrong("risk", "the part that is spanned", || {
        checks::risk(|source, target, rows| {
            answers::risk(source, target, source.len() - rows)
        })
    }),
    wrong("risk", "the distance is not squared", || {
        checks::risk(|source, target, rows| {
            let left = 1.0 - rows as f64 / source.len() as f64;
            left * (answers::risk(source, target, rows) / left).sqrt()
        })
    }),
    wrong("turning_cosine", "one half at any length", || {
        checks::turning_cosine(|_| 0.5)
    }),
    wrong("turning_cosine", "shorter sources must be nearer", || {
        checks::turning_cosine(|ratio| 0.5 / ratio)
    }),
    wrong("best_ratio", "the target's own length", || {
        checks::best_ratio(|_| 1.0)
    }),
    wrong("best_ratio", "the root", || {
        checks::best_ratio(|cosine| cosine.max(0.0).sqrt())
    }),
    wrong("best_ratio", "turned round where it points away", || {
        checks::best_ratio(f64::abs)
    }),
    wrong("keep_trunk", "whatever fits, the head too", || {
        checks::keep_trunk(|target, source| {
            target.load_matching(source).map(|_| ())
        })
    }),
    wrong("keep_trunk", "all of it, or nothing", || {
        checks::keep_trunk(|target, source| {
            target.load_state_dict(source).map(|_| ())
        })
    }),
    wrong("keep_trunk", "a misfit is passed over in silence", || {
        checks::keep_trunk(|target, source| {
            let trunk = source.without_prefix("fc1.");
            let _ = target.fc1.load_state_dict(&trunk);
            Ok(())
        })
    }),
];
