#pragma once
// messages/<file>.toml is read, checked as a whole and written as C++: a missing language, an
// unknown or unequal placeholder is a fault with file and line, and the build stops.
#include <filesystem>
#include <string>
#include <vector>

namespace minben::messages {

/// How a placeholder's argument is given and shown.
enum class Type { text, integer, twd, date, time };

struct Placeholder {
  std::string name;
  Type type = Type::text;
  friend auto operator<=>(const Placeholder&, const Placeholder&) = default;
};

/// A text cut into literal pieces and placeholders.
struct Piece {
  std::string literal;  ///< when `placeholder` has no name
  Placeholder placeholder;
};
using Pieces = std::vector<Piece>;

struct Message {
  std::string key;
  int line = 0;
  Pieces zh_hant;
  Pieces en;
  Pieces en_one;  ///< not empty: English has a singular, chosen by `count`
  std::string count;
  /// In alphabetical order of their names, so that rewording never re-orders arguments.
  std::vector<Placeholder> arguments;
};

struct Fault {
  std::string file;
  int line = 0;
  std::string what;
};

struct File {
  std::string name;  ///< of the file without ".toml"; a C++ identifier
  std::vector<Message> messages;
  std::vector<Fault> faults;
};

File read(const std::filesystem::path& file);
std::string header_of(const File& file);
std::string source_of(const File& file);

}  // namespace minben::messages
