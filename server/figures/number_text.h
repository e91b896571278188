// Numbers as a reader of a figure wants them. Pure; thread-safe.
#pragma once

#include <string>

namespace ff::figures {

std::string BudgetName(double flops);   // "1.0e12 FLOP"
std::string CountText(double count);    // "1.23M"; K, M, B, T
std::string PowerText(double value);    // "10<sup>12</sup>", "3 x 10<sup>12</sup>"
std::string PlainText(double value);    // "3.2"; "10K" from there on
std::string FactorText(double factor);  // "0.044" or "4.4 x 10<sup>-9</sup>", for formulas

std::string ExponentText(double a);  // "0.497"; a true minus sign

}  // namespace ff::figures
