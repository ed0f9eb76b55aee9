//! Domain-adversarial training on two half moons and the same moons turned.

use autograd::Seed;
use nn::data::generated::{moons, rotated};
use nn::train::{Recipe, Rule, Run};
use nn::{Dataset, LayerSpec, NetworkSpec, Sigmoid, metrics};
use transfer::alignment::{Dann, Lambda};
use transfer::{Given, Source, Strategy as _, Target};

/// Two domains of 150 points each and how they are learnt.
///
/// # Source
/// `experiments_moons.py` of the authors of Ganin et al. 2016: both domains are centred by the
/// source's mean and doubled, the target turned by 35 degrees as in the paper's figure 2; 15 sigmoid
/// units; a source and a target row a step, at rate 0.05, for 500 epochs. There the noise is of
/// another generator, the weights are drawn from another interval and the critic begins at 0.
pub struct TurnedMoons {
    /// Labelled.
    pub source: Dataset<f64>,
    /// Its labels are for judging alone.
    pub target: Dataset<f64>,
    /// How often each source row is shown.
    pub epochs: usize,
}

impl TurnedMoons {
    /// The one draw that all seeds share.
    pub fn new(degrees: f64, epochs: usize) -> Self {
        let domain = |seed| moons::<f64>(150, 0.05, Seed::new(seed));
        let (source, target) = (domain(1), domain(2));
        let mean = source.features.clone().sum_to([1, 2]).scale(1.0 / 150.0);
        let centred = |data: Dataset<f64>| Dataset {
            features: data.features.zip(&mean.clone().broadcast_to([150, 2]), |x, m| 2.0 * (x - m)),
            ..data
        };
        let (source, target) = (centred(source), rotated(&centred(target), degrees));
        Self { source, target, epochs }
    }

    /// The accuracy on the target after training with this `lambda`, all else equal.
    ///
    /// # Panics
    /// If training diverges.
    pub fn accuracy(&self, lambda: f64, seed: Seed) -> f64 {
        let linear = LayerSpec::linear;
        let spec = NetworkSpec::new().then(linear(2, 15)).then(Sigmoid).then(linear(15, 2));
        let recipe = Recipe {
            steps: 150 * self.epochs,
            batch: Some(1),
            rule: Rule::Sgd { momentum: 0.0, nesterov: false },
            ..Recipe::at_rate(0.05)
        };
        let (task, data, model) = ("moons".to_owned(), self.source.clone(), spec.build(seed));
        let sources = [Source { task, data, spec, model }];
        let target = Target::without_labels("turned moons", &self.target);
        let dann =
            Dann { lambda: Lambda::Constant(lambda), critic_by_lambda: true, hidden: vec![] };
        let fitted = dann.fit(&Given::new(&sources, &target), &Run::new(recipe, seed));
        let fitted = fitted.unwrap_or_else(|error| panic!("{error}"));
        let labels = self.target.labels().complete().expect("every point has a class");
        metrics::accuracy(&fitted.predict(&self.target.features), &labels)
    }
}
