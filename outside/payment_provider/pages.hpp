#pragma once
// The pay page in both languages; works without scripts.
#include "payment_provider/shop.hpp"

namespace outside::payment {

/// What is wrong with what was typed, shown beside the field and in a summary.
enum class Problem { none, card_missing, card_invalid, declined };

std::string pay_page(const Order& order, Language language, Problem problem);
std::string closed_page(const Order& order, Language language);
std::string unknown_page();
std::string style_sheet();

}  // namespace outside::payment
