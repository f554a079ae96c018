#pragma once
// A port for a program that must be told its port before it starts.
#include <cstdint>

namespace minben::test {

/// Free a moment ago, and below those that outgoing connections take: one of them could have it
/// before the program does.
std::uint16_t free_port();

}  // namespace minben::test
