//! The record of a sale: money, time, fields and the one definition of cleaning.

pub mod money;
