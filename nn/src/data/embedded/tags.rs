//! Words of two languages with two labels each, and the features that make them rows.

use std::ops::Range;

use autograd::{Float, Fnv1a, Tensor};

use crate::data::{Dataset, Labels};

/// Words of running text, each with its part of speech and its syntactic relation.
///
/// Part of speech, `upos`, is the simpler label and the relation to the word it hangs on, `deprel`,
/// the one that builds on it. The classes are those of both languages, in one order, so that a head fits both.
///
/// ```
/// use nn::data::{split_groups, tags_pt};
/// let few = tags_pt().sentences(0..40);
/// let (training, test) = split_groups(&few.sentence_of_row, 0.5, nn::Seed::new(0));
/// let data = few.features::<f32>(256);
/// assert_eq!(data.features.shape(), [few.words.len(), 256]);
/// assert_eq!(data.label_column("upos").unwrap().num_outputs(), 17);
/// assert_eq!(training.len() + test.len(), data.num_rows());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaggedText {
    /// The words in the text's order.
    pub words: Vec<String>,
    /// The number of each word's sentence: words of one sentence belong into one part of a split.
    pub sentence_of_row: Vec<usize>,
    /// The parts of speech.
    pub upos: Labels,
    /// The syntactic relations.
    pub deprel: Labels,
}

/// 21362 Spanish words in 800 sentences.
///
/// # Source
/// Universal Dependencies, `UD_Spanish-GSD`, dev part; CC BY-SA 4.0. Subtypes of relations are cut.
pub fn tags_es() -> TaggedText {
    both_languages().0
}

/// 21452 Portuguese words in 800 sentences.
///
/// # Source
/// Universal Dependencies, `UD_Portuguese-GSD`, dev part; CC BY-SA 4.0. Subtypes of relations are
/// cut.
pub fn tags_pt() -> TaggedText {
    both_languages().1
}

impl TaggedText {
    /// The sentences of these numbers; they keep them.
    pub fn sentences(&self, sentences: Range<usize>) -> Self {
        let is_in = |row: &usize| sentences.contains(&self.sentence_of_row[*row]);
        let rows: Vec<usize> = (0..self.words.len()).filter(is_in).collect();
        TaggedText {
            words: rows.iter().map(|&row| self.words[row].clone()).collect(),
            sentence_of_row: rows.iter().map(|&row| self.sentence_of_row[row]).collect(),
            upos: self.upos.rows(&rows),
            deprel: self.deprel.rows(&rows),
        }
    }

    /// A row of zeros and ones for each word, with both labels: which affixes it and its neighbours
    /// in the sentence have.
    ///
    /// The word itself has these features: what it is in small letters, its first and its last 1, 2
    /// and 3 characters in small letters where it is as long, whether it begins with a capital, and
    /// whether it holds a digit. The words before and after it have the same but for the affixes, of
    /// which they have the last 2 characters. Each is written with its place, as in `0 suffix ndo`,
    /// `-1 word de` and `1 capital`; `-1 edge` and `1 edge` stand where the sentence ends. The 64-bit
    /// FNV-1a hash of that text's UTF-8
    /// bytes, modulo `inputs`, is the column that becomes 1. So the columns have no names, and mean
    /// the same for every text.
    ///
    /// # Shapes
    /// Features: `[words, inputs]`.
    ///
    /// # Panics
    /// If there is no input.
    #[track_caller]
    pub fn features<F: Float>(&self, inputs: usize) -> Dataset<F> {
        assert!(inputs > 0, "the words have no input to be hashed into");
        let mut features = vec![F::ZERO; self.words.len() * inputs];
        for (row, columns) in features.chunks_exact_mut(inputs).enumerate() {
            let mut mark = |feature: &str| {
                let hash = Fnv1a::new().with(feature.as_bytes()).value();
                columns[(hash % inputs as u64) as usize] = F::ONE;
            };
            for place in [-1, 0, 1] {
                match self.neighbour(row, place) {
                    Some(word) => mark_word(place, word, &mut mark),
                    None => mark(&format!("{place} edge")),
                }
            }
        }
        let labels = vec![self.upos.clone(), self.deprel.clone()];
        let features = Tensor::new([self.words.len(), inputs], features);
        Dataset::new(features, labels).expect("every word has its labels")
    }

    /// The word this many places after a word, if it is of the same sentence.
    fn neighbour(&self, row: usize, place: isize) -> Option<&str> {
        let other = row.checked_add_signed(place)?;
        let sentence = self.sentence_of_row.get(other)?;
        (*sentence == self.sentence_of_row[row]).then(|| self.words[other].as_str())
    }
}

/// Gives the features of a word at this place to `mark`.
fn mark_word(place: isize, word: &str, mark: &mut impl FnMut(&str)) {
    // Neighbours tell less: more of their affixes would crowd the word's own out of few inputs.
    let (prefixes, suffixes): (&[usize], &[usize]) =
        if place == 0 { (&[1, 2, 3], &[1, 2, 3]) } else { (&[], &[2]) };
    let small: Vec<char> = word.to_lowercase().chars().collect();
    let text = |characters: &[char]| characters.iter().collect::<String>();
    mark(&format!("{place} word {}", text(&small)));
    for &length in prefixes.iter().filter(|length| **length <= small.len()) {
        mark(&format!("{place} prefix {}", text(&small[..length])));
    }
    for &length in suffixes.iter().filter(|length| **length <= small.len()) {
        mark(&format!("{place} suffix {}", text(&small[small.len() - length..])));
    }
    if word.starts_with(char::is_uppercase) {
        mark(&format!("{place} capital"));
    }
    if word.contains(char::is_numeric) {
        mark(&format!("{place} digit"));
    }
}

fn both_languages() -> (TaggedText, TaggedText) {
    let mut es = parse(include_str!("../../../data/tags-es.tsv"));
    let mut pt = parse(include_str!("../../../data/tags-pt.tsv"));
    for (es, pt) in [(&mut es.upos, &mut pt.upos), (&mut es.deprel, &mut pt.deprel)] {
        let mut classes = [&es.classes[..], &pt.classes[..]].concat();
        classes.sort();
        classes.dedup();
        *es = es.with_classes(&classes).expect("all its classes are there");
        *pt = pt.with_classes(&classes).expect("all its classes are there");
    }
    (es, pt)
}

/// An embedded table of sentence, word, part of speech and relation, separated by tabs.
fn parse(text: &str) -> TaggedText {
    let (mut words, mut sentence_of_row, mut upos, mut deprel) = (vec![], vec![], vec![], vec![]);
    for line in text.lines().skip(1) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().expect("the embedded tables have four columns");
        sentence_of_row.push(cell().parse().expect("sentences are numbered"));
        words.push(cell().to_owned());
        upos.push(cell());
        deprel.push(cell());
    }
    let labels = |name, texts: &[&str]| Labels::of_text(name, texts);
    TaggedText {
        words,
        sentence_of_row,
        upos: labels("upos", &upos),
        deprel: labels("deprel", &deprel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_are_whole_and_have_the_same_classes() {
        let (es, pt) = (tags_es(), tags_pt());
        assert_eq!((es.words.len(), pt.words.len()), (21362, 21452));
        for text in [&es, &pt] {
            assert_eq!((text.sentence_of_row[0], text.sentence_of_row.last()), (0, Some(&799)));
            assert!(text.sentence_of_row.is_sorted());
            assert!(text.upos.complete().is_ok() && text.deprel.complete().is_ok());
            assert!(text.words.iter().all(|word| !word.is_empty() && word.trim() == word));
        }
        assert_eq!((es.upos.num_classes(), es.deprel.num_classes()), (17, 30));
        assert_eq!((&es.upos.classes, &es.deprel.classes), (&pt.upos.classes, &pt.deprel.classes));
        let first = es.upos.of_row[0].map(|class| es.upos.classes[class].as_str());
        assert_eq!((es.words[0].as_str(), first), ("Lo", Some("PRON")));
    }

    #[test]
    fn a_word_is_seen_with_its_neighbours_of_the_same_sentence() {
        let marks = |place, word| {
            let mut marked = Vec::new();
            mark_word(place, word, &mut |feature| marked.push(feature.to_owned()));
            marked
        };
        let expected =
            ["word a1", "prefix a", "prefix a1", "suffix 1", "suffix a1", "capital", "digit"];
        assert_eq!(marks(0, "A1"), expected.map(|feature| format!("0 {feature}")));
        assert_eq!(marks(-1, "não"), ["-1 word não", "-1 suffix ão"]);

        let text = tags_es().sentences(0..2);
        let second = text.sentence_of_row.iter().position(|sentence| *sentence == 1).unwrap();
        assert_eq!(text.neighbour(0, -1), None);
        assert_eq!(text.neighbour(0, 1), Some("hizo"));
        assert_eq!(text.neighbour(second - 1, 1), None);
        assert_eq!(text.neighbour(second, -1), None);

        let data = text.features::<f32>(512);
        let first = &data.features.as_slice()[..512];
        let one =
            |feature: &str| first[(Fnv1a::new().with(feature.as_bytes()).value() % 512) as usize];
        for feature in
            ["-1 edge", "0 word lo", "0 prefix l", "0 capital", "1 word hizo", "1 suffix zo"]
        {
            assert!(one(feature) > 0.0, "{feature}");
        }
        assert!(first.iter().sum::<f32>() <= 9.0); // "Lo" has 6, "hizo" 2, the edge 1
    }

    #[test]
    fn features_of_a_part_are_the_part_of_the_features() {
        let text = tags_pt().sentences(5..9);
        let whole = text.features::<f32>(64);
        let part = text.sentences(6..8);
        let rows: Vec<usize> = (0..text.words.len())
            .filter(|&row| (6..8).contains(&text.sentence_of_row[row]))
            .collect();
        assert_eq!(part.features::<f32>(64), whole.rows(&rows));
    }
}
