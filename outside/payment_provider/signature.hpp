#pragma once
#include "core/core.hpp"

namespace outside::payment {

using namespace minben;

inline constexpr std::string_view signature_header = "Minben-Pay-Signature";

std::string sign(const Bytes& secret, Instant now, std::string_view body);
/// Genuine and at most five minutes old or early.
bool genuine(const Bytes& secret, Instant now, std::string_view header, std::string_view body);

}  // namespace outside::payment
