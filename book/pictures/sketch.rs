//! Pictures as SVG, which the programs of the chapters draw.
//!
//! A picture is 360 wide, as a phone is, and its text is 14 high. It has
//! no ground, and the colour of the text around it for an ink; two more
//! inks have colours that a page may choose for its own ground.

use std::fmt::Write as _;

/// How wide every picture is.
pub const WIDTH: f64 = 360.0;

/// A place: to the right, and down.
pub type Place = (f64, f64);

/// What is drawn with.
#[derive(Clone, Copy, PartialEq)]
pub enum Ink {
    /// As the text.
    Text,
    /// As the text, and thin: what only guides the eye.
    Faint,
    /// Blue.
    One,
    /// Orange.
    Two,
}

impl Ink {
    /// The colour, and how much of it.
    fn colour(self) -> (&'static str, f64) {
        match self {
            Ink::Text => ("currentColor", 1.0),
            Ink::Faint => ("currentColor", 0.25),
            Ink::One => ("var(--picture-one, #0072b2)", 1.0),
            Ink::Two => ("var(--picture-two, #d55e00)", 1.0),
        }
    }
}

/// What of a text lies at its place.
#[derive(Clone, Copy)]
pub enum Side {
    /// The text begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A picture that is being drawn.
pub struct Sketch {
    height: f64,
    body: String,
}

impl Sketch {
    /// An empty picture of this height.
    pub fn new(height: f64) -> Self {
        Sketch { height, body: String::new() }
    }

    fn add(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    /// A line through these places.
    pub fn line(&mut self, places: &[Place], ink: Ink) {
        let mut points = String::new();
        for (x, y) in places {
            let _ = write!(points, " {x:.1},{y:.1}");
        }
        let (colour, share) = ink.colour();
        let width = if ink == Ink::Faint { 1 } else { 2 };
        self.add(&format!(
            r#"<polyline points="{}" stroke="{colour}" stroke-opacity="{share}" stroke-width="{width}"/>"#,
            points.trim_start()
        ));
    }

    /// A line with a head at its end.
    pub fn arrow(&mut self, from: Place, to: Place, ink: Ink) {
        let (x, y) = (to.0 - from.0, to.1 - from.1);
        let length = x.hypot(y);
        let (x, y) = (7.0 * x / length, 7.0 * y / length);
        let left = (to.0 - x - 0.6 * y, to.1 - y + 0.6 * x);
        let right = (to.0 - x + 0.6 * y, to.1 - y - 0.6 * x);
        self.line(&[from, to], ink);
        self.line(&[left, to, right], ink);
    }

    /// A disc.
    pub fn dot(&mut self, at: Place, radius: f64, ink: Ink) {
        let ((x, y), (colour, share)) = (at, ink.colour());
        self.add(&format!(
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="{colour}" fill-opacity="{share}"/>"#
        ));
    }

    /// What lies within these places, with so much of its ink.
    pub fn area(&mut self, places: &[Place], (ink, share): (Ink, f64)) {
        let points: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let (points, (colour, _)) = (points.join(" "), ink.colour());
        self.add(&format!(
            r#"<polygon points="{points}" fill="{colour}" fill-opacity="{share:.2}"/>"#
        ));
    }

    /// A box, of which its upper left corner and its size are given,
    /// filled with so much of the ink.
    pub fn fill(&mut self, (x, y): Place, (width, height): Place, (ink, share): (Ink, f64)) {
        let (colour, _) = ink.colour();
        self.add(&format!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{colour}" fill-opacity="{share:.2}"/>"#
        ));
    }

    /// The outline of a box with a text in it.
    pub fn frame(&mut self, (x, y): Place, (width, height): Place, (ink, text): (Ink, &str)) {
        let (colour, share) = ink.colour();
        self.add(&format!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="4" stroke="{colour}" stroke-opacity="{share}" stroke-width="2"/>"#
        ));
        let middle = (x + width / 2.0, y + height / 2.0);
        self.text(middle, Side::Middle, text);
    }

    /// A text whose middle is at this height.
    pub fn text(&mut self, at: Place, side: Side, text: &str) {
        let anchor = match side {
            Side::Start => "start",
            Side::Middle => "middle",
            Side::End => "end",
        };
        let (x, y) = (at.0, at.1 + 5.0);
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        self.add(&format!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#));
    }

    /// The file's text. Whoever shows it alone sees it in grey, which
    /// can be read on white and on black.
    pub fn finish(self) -> String {
        let Sketch { height, body } = self;
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" color="#777" fill="none" font-size="14" font-family="sans-serif">
<g stroke-linecap="round" stroke-linejoin="round">
{}</g>
</svg>
"##,
            body.replace("<text ", r#"<text fill="currentColor" "#)
        )
    }
}
