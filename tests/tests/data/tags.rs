//! The two languages: a small network learns parts of speech from the hashed affixes.

use autograd::Tape;
use nn::data::{Scaler, tags_es, tags_pt};
use nn::metrics::accuracy;
use nn::{Dataset, LabelColumn, Module, NetworkSpec, Optimizer, Seed, Sgd, SgdConfig};

/// The most frequent class alone has 0.18.
#[test]
fn parts_of_speech_are_learnt_from_forty_sentences() {
    let text = tags_pt();
    let training = text.sentences(0..40).features::<f32>(512);
    let test = text.sentences(700..800).features::<f32>(512);
    let upos = |data: &Dataset| {
        data.label_column("upos").and_then(LabelColumn::as_classes).unwrap().complete().unwrap()
    };
    let labels = upos(&training);

    let model = NetworkSpec::mlp(&[512, 32, 17]).build::<f32>(Seed::new(0));
    let config = SgdConfig { learning_rate: 0.1, momentum: 0.9, ..SgdConfig::default() };
    let mut optimizer = Sgd::with_config(&model, config);
    for _ in 0..60 {
        let tape = Tape::new();
        let loss = model.forward(tape.constant(&training.features)).cross_entropy(&labels);
        optimizer.step(loss.backward());
    }
    let right = accuracy(&model.predict(&test.features), &upos(&test));
    assert!(right > 0.7, "accuracy {right}");
}

#[test]
fn two_languages_have_columns_and_classes_in_common() {
    let es = tags_es().sentences(0..3).features::<f32>(32);
    let pt = tags_pt().sentences(0..3).features::<f32>(32);
    assert_eq!(pt.matched_to(&es).unwrap(), pt);
    assert!(Scaler::fit(&es).apply(&pt).is_ok());
}
