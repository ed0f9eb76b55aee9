//! The page of a comparison: one file without a script, that needs no network.

use std::fmt::Write as _;

use nn::metrics::{Confusion, mean, standard_error};
use pictures::{Ink, Series, Side, Sketch, WIDTH, chart, short};

use super::results::{Comparison, Results, Settings, Training};
use super::telling::{notes, score};
use super::writing::Timing;
use crate::answers::{Answers, Truth};
use crate::settings::two_figures;
use crate::strategies::CEILING;
use crate::summary::{Part, Row, Summary, Verdict};
use crate::table::{interval, signed};

/// What the page shows.
pub(crate) struct Page {
    title: String,
    pub(crate) pictures: Vec<(String, String)>,
    body: String,
}

const STYLE: &str = "\
:root { color-scheme: light dark; --picture-one: #0072b2; --picture-two: #c75000; }
@media (prefers-color-scheme: dark) { :root { --picture-one: #56b4e9; --picture-two: #f0983e; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 1em auto; padding: 0 1em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .2em .6em; text-align: right; border-bottom: 1px solid #8885; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.helps { font-weight: bold; color: var(--picture-one); }
.hurts { font-weight: bold; color: var(--picture-two); }
svg { width: 100%; max-width: 460px; height: auto; color: inherit; }
figure { margin: 1em 0; }
figcaption, .small { font-size: .9em; }
pre { overflow-x: auto; }
";

impl Page {
    pub(crate) fn of(
        results: &Results,
        summaries: &[(String, Summary)],
        timing: &Timing,
        told: &str,
    ) -> Self {
        let files: Vec<String> = results.data.iter().map(|data| escaped(&data.file)).collect();
        let title = match results.comparison {
            Comparison::Transfer => format!("Does {} help on {}?", files[0], files[1]),
            Comparison::Multitask => format!("One network for all tasks of {}?", files[0]),
        };
        let mut page = Self { title, pictures: vec![], body: String::new() };
        page.add(&format!("<p>{}</p>", escaped(told.trim())));
        for warning in &results.warnings {
            page.add(&format!("<p class=\"hurts\">{}</p>", escaped(warning)));
        }
        for (task, summary) in summaries {
            if summaries.len() > 1 {
                page.add(&format!("<h2>{}</h2>", escaped(task)));
            }
            page.add(&table(results, summary));
            if results.comparison == Comparison::Multitask && summaries.len() > 1 {
                page.add(&delta(summaries, task));
            }
            let name = if summaries.len() > 1 { format!("gains-{task}") } else { "gains".into() };
            let caption = "Paired differences to the first row, with 95 % intervals";
            page.picture(&name, caption, gains(summary));
        }
        page.conflicts(results);
        page.labels(results, &summaries[0].1);
        page.curves(results, &summaries[summaries.len() - 1].1);
        page.confusions(results, summaries);
        page.settings(results);
        page.protocol(results, &summaries[0].1, timing);
        page
    }

    fn add(&mut self, html: &str) {
        self.body.push_str(html);
        self.body.push('\n');
    }

    fn picture(&mut self, name: &str, caption: &str, svg: String) {
        let name: String =
            name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        self.add(&format!("<figure>{svg}<figcaption>{}</figcaption></figure>", escaped(caption)));
        self.pictures.push((name, svg));
    }

    /// How the tasks' gradients stand to each other.
    fn conflicts(&mut self, results: &Results) {
        if results.conflicts.is_empty() {
            return;
        }
        let names: Vec<String> = results.tasks.iter().map(|task| escaped(&task.name)).collect();
        let mut html = format!(
            "<h2>Do the tasks pull the same way?</h2>\n<p class=\"small\">Cosines between their \
             gradients over a trunk that all share, after a third of its training as in seed 0: below \
             0 they conflict.</p>\n<table><tr><th></th><th>{}</th></tr>",
            names.join("</th><th>")
        );
        for (name, row) in names.iter().zip(&results.conflicts) {
            let cell = |x: &f64| {
                let class = if *x < 0.0 { " class=\"hurts\"" } else { "" };
                format!("<td{class}>{x:+.2}</td>")
            };
            let cells = row.iter().map(cell).collect::<Vec<_>>().concat();
            let _ = write!(html, "\n<tr><th>{name}</th>{cells}</tr>");
        }
        self.add(&(html + "</table>"));
    }

    /// The score against the number of labels, of the baseline and of the best strategy; of numbers the
    /// error in their own unit.
    fn labels(&mut self, results: &Results, summary: &Summary) {
        let Settings { curve, labels_per_class, .. } = &results.protocol;
        if curve.is_empty() {
            return;
        }
        let truth = results.tasks[0].truth();
        let value = |run: &Training| match &truth {
            Truth::Classes(_) => run.score,
            Truth::Numbers(numbers) => root_of_error(run.score, numbers),
        };
        let [across, up] = match truth {
            Truth::Classes(_) => ["labels of each class", score(results)],
            Truth::Numbers(_) => ["labelled rows", "RMSE"],
        };
        let strategies = summary.rows.iter().filter(|row| row.part == Part::Strategy);
        let best = strategies.max_by(|a, b| a.accuracy.total_cmp(&b.accuracy));
        let rows = summary.rows.first().into_iter().chain(best);
        let of = |row: &Row, labels: usize| -> Option<(f64, f64, f64)> {
            let own = results.runs.iter();
            let own = own.filter(|run| run.strategy == row.strategy && run.labels == labels);
            let (mean, error) = middle(&own.map(value).collect::<Vec<_>>())?;
            Some((labels as f64, mean, error))
        };
        let numbers = || curve.iter().chain([labels_per_class]);
        let points = |row: &Row| numbers().filter_map(|&labels| of(row, labels)).collect();
        let series: Vec<Series<'_>> =
            rows.map(|row| Series::Band(row.strategy, points(row))).collect();
        let svg = chart([across, up], [short; 2], &series);
        let caption = "Against the number of labels: mean over the seeds, and a band of one standard \
                       error on both sides";
        self.picture("labels", caption, svg);
    }

    /// The target's loss in training, of the baseline and of the best row: means over the seeds, and a
    /// band of one standard error.
    fn curves(&mut self, results: &Results, summary: &Summary) {
        let Some(task) = results.tasks.last() else { return };
        let trained = |row: &&Row| row.updates > 0 && row.strategy != CEILING;
        let best = summary.rows.iter().filter(trained).skip(1);
        let best = best.max_by(|a, b| a.accuracy.total_cmp(&b.accuracy));
        let rows: Vec<&Row> = summary.rows.first().into_iter().chain(best).collect();
        let mut series = vec![];
        for row in &rows {
            let own = results.runs.iter().filter(|run| {
                run.strategy == row.strategy
                    && run.task == task.name
                    && run.labels == results.protocol.labels_per_class
            });
            let curves: Vec<&Vec<f32>> = own.map(|run| &run.curve).collect();
            let pieces = curves.iter().map(|curve| curve.len()).min().unwrap_or(0);
            let of = |piece: usize| {
                let (mean, error) =
                    middle(&curves.iter().map(|curve| curve[piece].into()).collect::<Vec<_>>())?;
                let done = (piece as f64 + 0.5) / pieces as f64;
                Some((done * row.updates as f64, mean, error))
            };
            series.push(Series::Band(row.strategy, (0..pieces).filter_map(of).collect()));
        }
        let has_points = |series: &Series<'_>| matches!(series, Series::Band(_, p) if p.len() > 1);
        if series.iter().all(has_points) && !series.is_empty() {
            let svg = chart(["update", "loss on the rows learnt from"], [short; 2], &series);
            let caption = "Learning curves: mean over the seeds, and a band of one standard error on both \
                           sides";
            self.picture("curves", caption, svg);
        }
    }

    /// Which class was taken for which, by the row of the highest mean, over all seeds.
    fn confusions(&mut self, results: &Results, summaries: &[(String, Summary)]) {
        for (place, task) in results.tasks.iter().enumerate() {
            let (Some(classes), Truth::Classes(truth)) = (&task.classes, task.truth()) else {
                continue;
            };
            if classes.len() > 30 {
                continue;
            }
            let summary = &summaries[if summaries.len() > 1 { place + 1 } else { 0 }].1;
            let rows = summary.rows.iter().filter(|row| row.strategy != CEILING);
            let Some(best) = rows.max_by(|a, b| a.accuracy.total_cmp(&b.accuracy)) else {
                continue;
            };
            let mut counts = vec![vec![0; classes.len()]; classes.len()];
            let own = |run: &&Training| {
                run.strategy == best.strategy
                    && run.task == task.name
                    && run.labels == results.protocol.labels_per_class
            };
            for run in results.runs.iter().filter(own) {
                let Answers::Classes(found) = task.answers(&run.answers) else { continue };
                let confusion = Confusion::new(&truth, &found, classes.len());
                for (sum, row) in counts.iter_mut().zip(confusion.to_rows()) {
                    sum.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
                }
            }
            self.add(&matrix(&task.name, best.strategy, classes, &counts));
        }
    }

    /// What the grid chose, and how it did on the rows held out.
    fn settings(&mut self, results: &Results) {
        let mut rows = results.strategies.iter().filter(|row| !row.tried.is_empty()).peekable();
        if rows.peek().is_none() {
            return;
        }
        let mut html = "<h2>Settings</h2>\n<p class=\"small\">Of the settings tried for each row the one \
                        that was taken, its score on the rows held out, and that of the setting it was \
                        given.</p>\n<table><tr><th>row</th><th>rate</th><th>steps</th><th>decay</th>\
                        <th>knob</th><th>score</th><th>given</th></tr>"
            .to_owned();
        for row in rows {
            let Some(taken) = row.setting else { continue };
            let told = |score: Option<f64>| score.map_or(String::new(), |x| format!("{x:.3}"));
            let tried = row.tried.iter().find(|(setting, _)| *setting == taken);
            let cells = [
                two_figures(taken.rate).to_string(),
                taken.steps.to_string(),
                taken.weight_decay.to_string(),
                taken.knob.map_or(String::new(), |knob| knob.to_string()),
                told(tried.and_then(|(_, score)| *score)),
                told(row.tried.first().and_then(|(_, score)| *score)),
            ];
            let cells = cells.join("</td><td>");
            let _ = write!(html, "\n<tr><td>{}</td><td>{cells}</td></tr>", escaped(&row.name));
        }
        self.add(&(html + "</table>"));
    }

    fn protocol(&mut self, results: &Results, summary: &Summary, timing: &Timing) {
        self.add("<h2>How it was done</h2>");
        for note in notes(results, summary) {
            self.add(&format!("<p class=\"small\">{}</p>", escaped(&note)));
        }
        let seeds: Vec<String> = results.seed_numbers().iter().map(usize::to_string).collect();
        let mut lines = vec![
            format!("command: {}", timing.command),
            format!("version: {} {}", results.program, results.version),
            format!("seeds: {} of {} asked", seeds.join(", "), results.seeds_asked),
            format!("threads: {}, {:.0} s", timing.threads, timing.seconds),
        ];
        for data in &results.data {
            let (role, file, rows, hash) = (&data.role, &data.file, data.rows, &data.hash);
            lines.push(format!("{role}: {file}, {rows} rows, FNV-1a {hash}"));
        }
        self.add(&format!("<pre class=\"small\">{}</pre>", escaped(&lines.join("\n"))));
    }

    pub(crate) fn html(&self) -> String {
        let Self { title, body, .. } = self;
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <style>\n{STYLE}</style>\n<h1>{title}</h1>\n{body}</html>\n"
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The rows as on the terminal.
fn table(results: &Results, summary: &Summary) -> String {
    let mut html = format!(
        "<table><tr><th>row</th><th>{}</th><th>gain</th><th>95 % interval</th><th>verdict</th>\
         <th>won-lost</th><th>p (Holm)</th><th>way</th></tr>",
        score(results)
    );
    for row in &summary.rows {
        let verdict = row.verdict.map_or("", Verdict::word);
        let cells = [
            format!("{:.3}", row.accuracy),
            row.difference.map_or(String::new(), |d| signed(d.mean)),
            row.difference.as_ref().map_or(String::new(), interval),
            format!("<span class=\"{verdict}\">{verdict}</span>"),
            row.wins.map_or(String::new(), |[won, _, lost]| format!("{won}-{lost}")),
            row.adjusted.map_or(String::new(), |p| format!("{p:.3}")),
            row.way.map_or(String::new(), |way| format!("{:.0} %", 100.0 * way)),
        ];
        let cells = cells.join("</td><td>");
        let _ = write!(
            html,
            "
<tr><td>{}</td><td>{cells}</td></tr>",
            row.strategy
        );
    }
    html + "</table>"
}

/// The mean over the tasks of each row's relative gain over the baseline.
fn delta(summaries: &[(String, Summary)], task: &str) -> String {
    if task != summaries[0].0 {
        return String::new();
    }
    let tasks = &summaries[1..];
    let of_row = |place: usize| {
        let relative = |(_, summary): &(String, Summary)| {
            let (own, base) = (summary.rows[place].accuracy, summary.rows[0].accuracy);
            (own - base) / base.abs().max(f64::MIN_POSITIVE)
        };
        100.0 * mean(&tasks.iter().map(relative).collect::<Vec<_>>())
    };
    let rows = summaries[0].1.rows.iter().enumerate().skip(1);
    let cells: Vec<String> =
        rows.map(|(place, row)| format!("{} {:+.1} %", row.strategy, of_row(place))).collect();
    format!(
        "<p class=\"small\">Delta_m, the mean over the tasks of the gain as a share of the first \
         row's score: {}.</p>",
        cells.join("; ")
    )
}

/// The gains with their intervals, a line a row.
fn gains(summary: &Summary) -> String {
    let rows: Vec<&Row> = summary.rows.iter().filter(|row| row.difference.is_some()).collect();
    let ends = rows.iter().flat_map(|row| {
        let gain = row.difference.as_ref().expect("it has one");
        gain.interval.unwrap_or([gain.mean; 2])
    });
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(a, b), x| (a.min(x), b.max(x)));
    let step = 26.0;
    let mut sketch = Sketch::new(step * rows.len() as f64 + 34.0);
    let span = (high - low).max(1e-9);
    let place = |x: f64| 150.0 + (WIDTH - 160.0) * (x - low) / span;
    let bottom = step * rows.len() as f64 + 6.0;
    sketch.line(&[(place(0.0), 0.0), (place(0.0), bottom)], Ink::Text);
    for (number, row) in rows.iter().enumerate() {
        let gain = row.difference.as_ref().expect("it has one");
        let y = step * (number as f64 + 0.5);
        let ink = match row.verdict {
            Some(Verdict::Helps) => Ink::One,
            Some(Verdict::Hurts) => Ink::Two,
            _ => Ink::Text,
        };
        if let Some([from, to]) = gain.interval {
            sketch.line(&[(place(from), y), (place(to), y)], ink);
        }
        sketch.dot((place(gain.mean), y), 4.0, ink);
        sketch.text((0.0, y), Side::Start, row.strategy);
    }
    sketch.text((place(low), bottom + 14.0), Side::Start, &short(low));
    sketch.text((place(high), bottom + 14.0), Side::End, &short(high));
    sketch.finish()
}

/// The mean of what seeds came to, and its standard error: 0 where there is one seed alone.
fn middle(of_seeds: &[f64]) -> Option<(f64, f64)> {
    let error = if of_seeds.len() > 1 { standard_error(of_seeds) } else { 0.0 };
    (!of_seeds.is_empty()).then(|| (mean(of_seeds), error))
}

/// The root of the mean squared error that belongs to this share of the variance of these numbers.
fn root_of_error(r_squared: f64, numbers: &[f64]) -> f64 {
    let middle = mean(numbers);
    let variance = mean(&numbers.iter().map(|x| (x - middle).powi(2)).collect::<Vec<_>>());
    ((1.0 - r_squared) * variance).sqrt()
}

/// A table of counts, the darker the more.
fn matrix(task: &str, strategy: &str, classes: &[String], counts: &[Vec<usize>]) -> String {
    let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1) as f64;
    let head: Vec<String> = classes.iter().map(|class| escaped(class)).collect();
    let mut html = format!(
        "<h2>Which class of {} was taken for which</h2>\n<p class=\"small\">By {strategy}, over all \
         seeds; a line a true class, a column an answer.</p>\n<table><tr><th></th><th>{}</th></tr>",
        escaped(task),
        head.join("</th><th>")
    );
    for (class, row) in head.iter().zip(counts) {
        let cell = |&count: &usize| {
            let share = 0.6 * count as f64 / most;
            format!("<td style=\"background: rgb(0 114 178 / {share:.2})\">{count}</td>")
        };
        let cells: String = row.iter().map(cell).collect::<Vec<_>>().concat();
        let _ = write!(html, "\n<tr><th>{class}</th>{cells}</tr>");
    }
    html + "</table>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::Tensor;

    #[test]
    fn the_error_in_the_numbers_unit_is_that_of_the_metrics() {
        let numbers = [1.0, 4.0, 2.0, 9.0];
        let outputs = Tensor::<f64>::new([4, 1], vec![1.5, 3.0, 2.0, 5.0]);
        let expected = nn::metrics::rmse(&outputs, &numbers);
        let found = root_of_error(nn::metrics::r_squared(&outputs, &numbers), &numbers);
        // A few roundings of numbers of size 10.
        assert!((found - expected).abs() < 1e-13, "{found}, not {expected}");
    }

    #[test]
    fn a_band_is_one_standard_error_and_a_single_seed_has_none() {
        // The squares of their distances add up to 11; over three, over four.
        let (mean, error) = middle(&[1.0, 1.0, 3.0, 5.0]).expect("there are seeds");
        assert!((mean - 2.5).abs() < 1e-15 && (error - (11.0_f64 / 12.0).sqrt()).abs() < 1e-15);
        assert_eq!(middle(&[0.5]), Some((0.5, 0.0)));
        assert_eq!(middle(&[]), None);
    }
}
