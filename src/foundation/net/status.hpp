#pragma once
#include <string_view>

namespace minben::net {

std::string_view reason_phrase(int status);  ///< RFC 9110 §15; "Status" when unknown

}  // namespace minben::net
