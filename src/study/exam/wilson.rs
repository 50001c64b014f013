//! How sure a share is. Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927).

/// Standard deviations of 95 percent.
const Z: f64 = 1.959_963_984_540_054;

/// The interval that holds the true share with 95 percent, when `share` was seen in `count` independent tries. It stays within 0 and 1, and says
/// something of 0 and of 1 too. Without any try it is all of it.
#[must_use]
pub fn wilson(share: f64, count: f64) -> (f64, f64) {
    if count <= 0.0 {
        return (0.0, 1.0);
    }
    let square = Z * Z;
    let whole = 1.0 + square / count;
    let middle = (share + square / (2.0 * count)) / whole;
    let half = Z * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt() / whole;
    ((middle - half).max(0.0), (middle + half).min(1.0))
}
