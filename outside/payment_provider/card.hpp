#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace outside::payment {

enum class CardFault { missing, not_a_card };
/// Spaces and hyphens are taken out; nullopt when it is a card number (ISO/IEC 7812-1).
std::optional<CardFault> check_card(std::string_view typed);
/// The numbers with which failure can be tried.
bool is_declined(std::string_view typed);

}  // namespace outside::payment
