//! Losses: their names, targets and options in the reference files.

use autograd::{CrossEntropyConfig, Reduction, Var};

use crate::Trouble::{self, Skipped};
use crate::attributes::Attributes;
use crate::operations::{Found, missing};

/// The loss of this name.
pub(crate) fn loss<'t>(name: &str, attributes: &Attributes, x: Var<'t, f64>) -> Found<'t> {
    if name == "cross_entropy" {
        return cross_entropy(attributes, x);
    }
    if name == "distillation" {
        let teacher = attributes.tensor("teacher_logits")?;
        return Ok(x.distillation(&teacher, attributes.need("temperature")?));
    }
    let targets = &attributes.tensor("targets")?;
    if name == "kl_div" {
        return match attributes.get::<String>("reduction")?.as_deref() {
            None | Some("batchmean") => Ok(x.kl_divergence(targets)),
            Some(other) => Err(Skipped(format!("there is no reduction {other}"))),
        };
    }
    let reduction = reduction(attributes)?;
    Ok(match name {
        "cross_entropy_soft" => x.cross_entropy_soft(targets, reduction),
        "bce_with_logits" => x.bce_with_logits(targets, reduction),
        "mse" => x.mse(targets, reduction),
        "l1" => x.l1(targets, reduction),
        // PyTorch's default.
        "huber" => x.huber(targets, attributes.get("delta")?.unwrap_or(1.0), reduction),
        _ => return missing(name),
    })
}

fn cross_entropy<'t>(attributes: &Attributes, x: Var<'t, f64>) -> Found<'t> {
    let labels: Vec<Option<usize>> = attributes.need("labels")?;
    let config = CrossEntropyConfig {
        reduction: reduction(attributes)?,
        label_smoothing: attributes.get("label_smoothing")?.unwrap_or(0.0),
        class_weights: attributes.get("class_weights")?,
    };
    let all: Option<Vec<usize>> = labels.iter().copied().collect();
    Ok(match all {
        Some(labels) if config == CrossEntropyConfig::default() => x.cross_entropy(&labels),
        _ => x.cross_entropy_with(&labels, &config),
    })
}

fn reduction(attributes: &Attributes) -> Result<Reduction, Trouble> {
    match attributes.get::<String>("reduction")?.as_deref() {
        None | Some("mean") => Ok(Reduction::Mean),
        Some("sum") => Ok(Reduction::Sum),
        Some("none") => Ok(Reduction::None),
        Some(other) => Err(Skipped(format!("there is no reduction {other}"))),
    }
}
