//! Regions, from `tables/regions.csv`.

use std::fmt;

/// A Region that exists; two are equal when their codes are.
#[derive(Clone, Copy)]
pub struct Region(&'static RegionRow);

/// A row of the table of Regions.
#[derive(Debug)]
pub struct RegionRow {
    /// `us-east-1`.
    pub code: &'static str,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'static str,
    /// The name that the console shows.
    pub name: &'static str,
}

/// Every Region, in the order of their codes.
pub static REGIONS: &[RegionRow] = include!(concat!(env!("OUT_DIR"), "/regions.rs"));

impl Region {
    /// The Region with this code, if there is one.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        // INVARIANT: the table is sorted by code. Every ARN of every call is read through here.
        REGIONS.binary_search_by(|row| row.code.cmp(code)).ok().and_then(|at| REGIONS.get(at)).map(Region)
    }

    /// `us-east-1`, the Region that examples start from.
    #[must_use]
    pub fn default_region() -> Self {
        static FALLBACK: RegionRow = RegionRow { code: "us-east-1", partition: "aws", name: "US East (N. Virginia)" };
        Region::parse("us-east-1").unwrap_or(Region(&FALLBACK))
    }

    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// Whether it is one of the China Regions, where AWS offers other cryptography.
    #[must_use]
    pub fn is_in_china(self) -> bool {
        self.0.partition == "aws-cn"
    }

    /// Its partition, the second part of an ARN.
    #[must_use]
    pub fn partition(self) -> &'static str {
        self.0.partition
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for Region {}

impl PartialOrd for Region {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Region {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for Region {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_sorted_and_found_by_code() {
        assert!(REGIONS.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert_eq!(Region::parse("us-gov-west-1").unwrap().partition(), "aws-us-gov");
        assert_eq!(Region::parse("us-east-9"), None);
    }
}
