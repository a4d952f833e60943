/**
 * CTP marks "no value" with DBL_MAX, and recorders print that as 1.79769e+308, 1.797693135e+308 or
 * 1.7976931348623157e+308. The shorter forms parse to less than DBL_MAX, so the test is a threshold, not an equality.
 */
export const absentFrom = 1e300

/** True when a field has no value: DBL_MAX in any printed form, NaN or an infinity. 0 is a value. */
export const isAbsent = (value: number): boolean => !(value < absentFrom && value > -absentFrom)
