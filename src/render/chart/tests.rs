//! Charts as a whole: text and SVG as they are, and where a PNG has ink.

use super::*;
use rust_decimal::Decimal;
use tiny_skia::Pixmap;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Two designs: with a bucket key and a fixed price, and without.
fn designs(scale: Scale) -> Chart {
    let xs: Vec<Decimal> = (0..=60).map(|number| Decimal::from(number * 100_000_u64)).collect();
    let xs = xs.into_iter().filter(|x| scale == Scale::Linear || !x.is_zero());
    let line = |name: &str, fixed: &str, each: &str| Series {
        name: name.to_owned(),
        points: xs.clone().map(|x| (x, decimal(fixed) + decimal(each) * x)).collect(),
    };
    Chart {
        title: "What photos costs over its reads <a & b>".to_owned(),
        x: Axis { title: "reads a month".to_owned(), scale, unit: Unit::Count },
        y: Axis { title: "USD a month".to_owned(), scale, unit: Unit::Usd },
        series: vec![line("without a bucket key", "1", "0.000003"), line("with a bucket key", "8.25", "0.00000000003")],
        marks: vec![Mark {
            x: decimal("2416691"),
            y: decimal("8.250073"),
            label: "from 2,416,691 reads on a bucket key is cheaper ($8.25 a month)".to_owned(),
        }],
    }
}

const LOOK: Look = Look { width: 80, rows: 16, plain: false, color: false };

#[test]
fn a_chart_on_a_terminal() {
    insta::assert_snapshot!(chart_text(&designs(Scale::Linear), LOOK).unwrap());
    insta::assert_snapshot!(chart_text(&designs(Scale::Log), Look { plain: true, ..LOOK }).unwrap());
}

#[test]
fn a_chart_as_svg() {
    insta::assert_snapshot!(chart_svg(&designs(Scale::Linear)).unwrap());
}

#[test]
fn a_chart_as_text_fits_and_plain_is_ascii() {
    for width in [40, 60, 80, 100] {
        for scale in [Scale::Linear, Scale::Log] {
            let text = chart_text(&designs(scale), Look { width, rows: 16, plain: true, color: false }).unwrap();
            assert!(text.is_ascii());
            assert!(text.lines().all(|line| line.len() <= width && line.trim_end() == line), "{text}");
        }
    }
}

fn is(pixmap: &Pixmap, (x, y): (u32, u32), (red, green, blue): (u8, u8, u8)) -> bool {
    let pixel = pixmap.pixel(x, y).unwrap();
    let near = |a: u8, b: u8| a.abs_diff(b) < 24;
    near(pixel.red(), red) && near(pixel.green(), green) && near(pixel.blue(), blue)
}

#[test]
fn a_picture_has_ink_where_it_must() {
    let chart = designs(Scale::Linear);
    let bytes = chart_png(&chart).unwrap();
    assert_eq!(bytes, chart_png(&chart).unwrap(), "the same bytes in every run");
    let picture = Pixmap::decode_png(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
    // Axes, each series and the circle of the mark, found in the description and then on the picture.
    let scene = layout::scene(&chart).unwrap();
    let mut lines = 0;
    for item in &scene.items {
        match item {
            scene::Item::Line { points, stroke } if points.len() > 2 => {
                let seen = points.iter().filter(|(x, y)| is(&picture, (*x as u32, *y as u32), stroke.color)).count();
                assert!(seen * 2 > points.len(), "{seen} of {} points", points.len());
                lines += 1;
            }
            scene::Item::Line { points, stroke } if stroke.color == scene::INK => {
                let (x, y) = ((points[0].0 + points[1].0) / 2.0, (points[0].1 + points[1].1) / 2.0);
                assert!(
                    is(&picture, (x as u32, y as u32), scene::INK) || is(&picture, (x as u32 - 1, y as u32), scene::INK),
                    "axis at {x},{y}"
                );
            }
            scene::Item::Circle { at: (x, y), radius, .. } => {
                assert!(is(&picture, ((x + radius) as u32, *y as u32), scene::INK), "circle at {x},{y}");
            }
            scene::Item::Rectangle { .. } | scene::Item::Line { .. } | scene::Item::Symbol { .. } | scene::Item::Text { .. } => {}
        }
    }
    assert_eq!(lines, 2);
    // Nothing touches the edges.
    for x in 0..WIDTH {
        assert!(is(&picture, (x, 0), scene::PAPER) && is(&picture, (x, HEIGHT - 1), scene::PAPER));
    }
    for y in 0..HEIGHT {
        assert!(is(&picture, (0, y), scene::PAPER) && is(&picture, (WIDTH - 1, y), scene::PAPER));
    }
}

/// The area that a text covers.
fn area(item: &scene::Item) -> Option<scene::Area> {
    let scene::Item::Text { at: (x, y), size, anchor, text, .. } = item else { return None };
    let width = font::width(text, *size);
    let left = match anchor {
        scene::Anchor::Start => *x,
        scene::Anchor::Middle => x - width / 2.0,
        scene::Anchor::End => x - width,
    };
    Some(scene::Area { left, top: y - size * 0.7, right: left + width, bottom: y + size * 0.2 })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, ..Default::default() })]
    #[test]
    fn texts_never_overlap_and_are_never_clipped(
        ys in proptest::collection::vec(proptest::collection::vec(-5_000_000_000_i64..5_000_000_000, 2..6), 1..8),
        digits in 0_u32..9,
        log in proptest::prelude::any::<bool>(),
        names in proptest::collection::vec("[a-zA-Z <&鍵]{1,90}|[a-z ]{200,300}", 8),
        marks in 0_usize..11,
    ) {
        let series: Vec<Series> = ys.iter().zip(&names).map(|(ys, name)| Series {
            name: name.clone(),
            points: (1_i64..).zip(ys).map(|(x, y)| (Decimal::from(x * x * 1000), Decimal::new(if log { y.abs() + 1 } else { *y }, digits))).collect(),
        }).collect();
        let scale = if log { Scale::Log } else { Scale::Linear };
        let marks = series[0].points.iter().cycle().take(marks).map(|(x, y)| Mark { x: *x, y: *y, label: names[7].clone() }).collect();
        let chart = Chart {
            title: names[6].clone(),
            x: Axis { title: names[5].clone(), scale, unit: Unit::Count },
            y: Axis { title: names[4].clone(), scale, unit: Unit::Usd },
            series,
            marks,
        };
        let scene = layout::scene(&chart).unwrap();
        let areas: Vec<(scene::Area, &scene::Item)> = scene.items.iter().filter_map(|item| Some((area(item)?, item))).collect();
        let is_number = |item: &scene::Item| matches!(item, scene::Item::Text { size, .. } if *size == 15.0);
        for (index, (one, item)) in areas.iter().enumerate() {
            assert!(scene::Area::ALL.holds(one), "{item:?} is clipped");
            for (other, beside) in areas.iter().skip(index + 1) {
                // Marks at the same point lie upon each other.
                assert!(!one.touches(other) || (is_number(item) && is_number(beside)), "{item:?} and {beside:?}");
            }
        }
        for width in [40, 80] {
            let text = chart_text(&chart, Look { width, rows: 16, plain: false, color: false }).unwrap();
            assert!(text.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= width), "{text}");
        }
    }
}

#[test]
fn a_million_points_are_thinned_without_losing_a_peak() {
    let mut points: Vec<(Decimal, Decimal)> = (0..200_000).map(|x| (Decimal::from(x), Decimal::ONE)).collect();
    points[123_456].1 = Decimal::from(50);
    let mut chart = designs(Scale::Linear);
    chart.series = vec![Series { name: "peak".to_owned(), points }];
    let svg = chart_svg(&chart).unwrap();
    assert!(svg.len() < 60_000, "{} bytes", svg.len());
    let frame = frame::Frame::of(&chart, 7).unwrap();
    let highest = frame.track(&chart.series[0], 1200).concat().into_iter().map(|place| place.1).fold(0.0, f64::max);
    assert_eq!(highest, 1.0);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let mut chart = designs(Scale::Log);
    let one = chart.series[0].clone();
    chart.series = vec![one.clone(); 9];
    assert_eq!(chart_svg(&chart), Err(ChartError::TooManySeries { found: 9 }));
    chart.series = vec![Series { points: vec![(Decimal::ONE, Decimal::ZERO)], ..one.clone() }];
    assert_eq!(chart_png(&chart), Err(ChartError::NothingAboveZero));
    chart.series = vec![Series { points: Vec::new(), ..one }];
    assert_eq!(chart_text(&chart, LOOK), Err(ChartError::Empty));
}

#[test]
fn a_single_point_and_hostile_names_are_drawn() {
    let mut chart = designs(Scale::Linear);
    chart.series = vec![Series { name: "\u{1b}[31m</svg>".to_owned(), points: vec![(Decimal::TEN, Decimal::ONE)] }];
    let svg = chart_svg(&chart).unwrap();
    assert!(!svg.contains('\u{1b}') && svg.matches("</svg>").count() == 1 && svg.contains("&lt;U+001B&gt;[31m&lt;/svg&gt;"));
    let text = chart_text(&chart, LOOK).unwrap();
    assert!(text.contains('●') && !text.contains('\u{1b}'));
}
