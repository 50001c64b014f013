//! Results as text and JSON.
//!
//! Nothing here decides anything or prints anything: functions from values to strings, for `cli` to write out.
//! Every text that came from outside goes through [`safe()`] or [`safe_line`] on its way.

mod answered;
mod answers;
mod authz;
mod authz_tables;
mod bill;
mod chart;
mod comparison;
mod coverage;
mod csv;
mod decide;
mod diagnostic;
mod estimate;
mod exam;
mod excerpt;
mod facts;
mod order;
mod question;
mod safe;
mod scenario;
mod stats;
mod sweep;
mod tally;
mod trim;
mod verdict;
mod wrap;

pub use answered::{Answered, answered_json, answered_options, answered_short, answered_text, answered_trace};
pub use answers::{answers_json, answers_yaml};
pub use authz::{AuthzReport, authz_json, authz_text};
pub use authz_tables::{difference_json, difference_text, matrix_json, matrix_text};
pub use bill::{bill_json, bill_text};
pub use chart::{
    Axis, Chart, ChartError, HEIGHT, Look, MOST_MARKS, MOST_SERIES, Mark, Scale, Series, Unit, WIDTH, chart_png, chart_svg, chart_text,
};
pub use comparison::{Compared, comparison_csv, comparison_json, comparison_text};
pub use coverage::{CoverageReport, coverage_csv, coverage_json, coverage_text};
pub use csv::csv_row;
pub use decide::{
    LeafReport, branch_json, branch_text, leaf_json, leaf_text, reply_text, tree_head, tree_json, tree_text, trees_text, walk_json,
};
pub use diagnostic::{diagnostics_json, diagnostics_text};
pub use estimate::{estimate_csv, estimate_json, estimate_text, explanation_text, outcomes_text};
pub use exam::{
    ExamLook, ExamScreen, Reviewed, exam_differences, exam_forecast_json, exam_forecast_text, exam_list_json, exam_list_text,
    exam_paper_json, exam_paper_text, exam_result_json, exam_result_text, exam_reviewed_json, exam_reviewed_text, exam_screen,
    exam_screen_json,
};
pub use facts::{EntryReport, entries_json, entry_text, found_text, reports_json, topics_text};
pub use order::{Rivals, cents, order_json, order_text};
pub use question::{Place, question_json, question_text};
pub use safe::{safe, safe_line};
pub use scenario::{
    decision_text, heading, letter, rule, scenario_head, scenario_json, scenario_list, scenario_list_json, scenario_text, without_rules,
};
pub use stats::{StatsLook, stats_json, stats_text};
pub use sweep::{Sweep, Swept, few, sweep_csv, sweep_json, sweep_text};
pub use tally::{Tally, tally_json, tally_text};
pub use verdict::{Report, event_line, verdict_json, verdict_text};
pub use wrap::wrap;
