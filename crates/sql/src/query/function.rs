//! What the functions of GlueSQL are applied to.

use gluesql_core::plan::{ExprPlan, FunctionExprPlan};

/// The arguments of a function, in their order. Listed in full, so that a function that comes with a later version is not forgotten.
pub(super) fn arguments(function: &mut FunctionExprPlan) -> Vec<&mut ExprPlan> {
    use FunctionExprPlan as F;
    match function {
        F::Now()
        | F::CurrentDate()
        | F::CurrentTime()
        | F::CurrentTimestamp()
        | F::Pi()
        | F::GenerateUuid() => Vec::new(),
        F::Abs(expr)
        | F::Lower(expr)
        | F::Initcap(expr)
        | F::Upper(expr)
        | F::Asin(expr)
        | F::Acos(expr)
        | F::Atan(expr)
        | F::Cast { expr, data_type: _ }
        | F::Ceil(expr)
        | F::Round(expr)
        | F::Trunc(expr)
        | F::Floor(expr)
        | F::Exp(expr)
        | F::Extract { field: _, expr }
        | F::Ln(expr)
        | F::Log2(expr)
        | F::Log10(expr)
        | F::Sin(expr)
        | F::Cos(expr)
        | F::Tan(expr)
        | F::Sqrt(expr)
        | F::Radians(expr)
        | F::Degrees(expr)
        | F::LastDay(expr)
        | F::Reverse(expr)
        | F::Sign(expr)
        | F::Ascii(expr)
        | F::Chr(expr)
        | F::Md5(expr)
        | F::Hex(expr)
        | F::GetX(expr)
        | F::GetY(expr)
        | F::IsEmpty(expr)
        | F::Length(expr)
        | F::Entries(expr)
        | F::Keys(expr)
        | F::Values(expr)
        | F::Dedup(expr) => vec![expr],
        F::Coalesce(exprs) | F::Concat(exprs) | F::Custom { name: _, exprs } | F::Greatest(exprs) => {
            exprs.iter_mut().collect()
        }
        F::ConcatWs { separator, exprs } => [separator].into_iter().chain(exprs).collect(),
        F::Rand(expr) => expr.iter_mut().collect(),
        F::AddMonth { expr: one, size: other }
        | F::Left { expr: one, size: other }
        | F::Right { expr: one, size: other }
        | F::IfNull { expr: one, then: other }
        | F::NullIf { expr1: one, expr2: other }
        | F::Log { antilog: one, base: other }
        | F::Div { dividend: one, divisor: other }
        | F::Mod { dividend: one, divisor: other }
        | F::Gcd { left: one, right: other }
        | F::Lcm { left: one, right: other }
        | F::Power { expr: one, power: other }
        | F::Repeat { expr: one, num: other }
        | F::Unwrap { expr: one, selector: other }
        | F::Format { expr: one, format: other }
        | F::ToDate { expr: one, format: other }
        | F::ToTimestamp { expr: one, format: other }
        | F::ToTime { expr: one, format: other }
        | F::Position { from_expr: one, sub_expr: other }
        | F::Append { expr: one, value: other }
        | F::Prepend { expr: one, value: other }
        | F::Skip { expr: one, size: other }
        | F::Take { expr: one, size: other }
        | F::Point { x: one, y: other }
        | F::CalcDistance { geometry1: one, geometry2: other } => vec![one, other],
        F::Trim { expr, filter_chars: other, trim_where_field: _ }
        | F::Ltrim { expr, chars: other }
        | F::Rtrim { expr, chars: other }
        | F::Sort { expr, order: other } => [expr].into_iter().chain(other).collect(),
        F::Lpad { expr: one, size: two, fill: three }
        | F::Rpad { expr: one, size: two, fill: three }
        | F::Substr { expr: one, start: two, count: three }
        | F::FindIdx { from_expr: one, sub_expr: two, start: three } => {
            [one, two].into_iter().chain(three).collect()
        }
        F::Replace { expr: one, old: two, new: three }
        | F::Slice { expr: one, start: two, length: three } => {
            vec![one, two, three]
        }
        F::Splice { list_data, begin_index, end_index, values } => {
            [list_data, begin_index, end_index].into_iter().chain(values).collect()
        }
    }
}
