#include <fmt/format.h>

#include "messages.hpp"

namespace minben::messages {

namespace {

std::string_view argument_type(Type type) {
  switch (type) {
    case Type::text:
      return "std::string_view";
    case Type::integer:
    case Type::twd:
      return "std::int64_t";
    case Type::date:
      return "Date";
    case Type::time:
      return "Instant";
  }
  return "";
}

std::string_view formatter(Type type) {
  switch (type) {
    case Type::text:
      return "detail::text";
    case Type::integer:
      return "detail::integer";
    case Type::twd:
      return "detail::twd";
    case Type::date:
      return "detail::date";
    case Type::time:
      return "detail::time";
  }
  return "";
}

/// As a C++ literal; anything outside printable ASCII as three octal digits, so that no source
/// encoding or following digit can change it.
std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += fmt::format("\\{}", c);
    else if (byte < 0x20 || byte > 0x7e) out += fmt::format("\\{:03o}", byte);
    else out += c;
  }
  return out + "\"";
}

std::string plain(const Pieces& pieces) {
  return literal(pieces.empty() ? std::string_view() : std::string_view(pieces.front().literal));
}

std::string signature(const Message& message) {
  std::string out =
      fmt::format("{} {}(Language language",
                  message.arguments.empty() ? "std::string_view" : "std::string", message.key);
  for (const Placeholder& argument : message.arguments)
    out += fmt::format(", {} {}", argument_type(argument.type), argument.name);
  return out + ")";
}

std::string joined(const Pieces& pieces) {
  std::string out = "    std::string out;\n";
  for (const Piece& piece : pieces) {
    if (piece.placeholder.name.empty())
      out += fmt::format("    out += {};\n", literal(piece.literal));
    else
      out += fmt::format("    {}(out, language, {});\n", formatter(piece.placeholder.type),
                         piece.placeholder.name);
  }
  return out + "    return out;\n";
}

std::string definition(const Message& message) {
  std::string out = signature(message) + " {\n";
  if (message.arguments.empty()) {
    out += fmt::format("  return language == Language::zh_hant ? {} : {};\n}}\n",
                       plain(message.zh_hant), plain(message.en));
    return out;
  }
  out += fmt::format("  if (language == Language::zh_hant) {{\n{}  }}\n", joined(message.zh_hant));
  if (!message.en_one.empty())
    out += fmt::format("  if ({} == 1) {{\n{}  }}\n", message.count, joined(message.en_one));
  return out + fmt::format("  {{\n{}  }}\n}}\n", joined(message.en));
}

std::string lookup(const File& file) {
  std::string out = fmt::format(
      "std::optional<std::string_view> find_in_{}(Language language, std::string_view key) {{\n"
      "  static constexpr detail::Entry entries[] = {{\n",
      file.name);
  for (const Message& message : file.messages)
    if (message.arguments.empty())
      out += fmt::format("      {{\"{}\", {}, {}}},\n", message.key, plain(message.zh_hant),
                         plain(message.en));
  return out + "      {\"\", \"\", \"\"}};\n  return detail::find(entries, language, key);\n}\n";
}

}  // namespace

// Each file's functions live in an inline namespace of their own: two files may use a key twice
// without clashing at link time; a source that includes both is told that the name is ambiguous.
std::string header_of(const File& file) {
  std::string out = fmt::format(
      "#pragma once\n// Made from messages/{0}.toml; arguments in alphabetical order of their "
      "names.\n"
      "#include \"messages/format.hpp\"\n\nnamespace minben::msg {{\ninline namespace {0}_texts "
      "{{\n\n",
      file.name);
  for (const Message& message : file.messages) out += signature(message) + ";\n";
  return out + fmt::format(
                   "\n/// For texts chosen by a code at run time: keys without placeholders.\n"
                   "std::optional<std::string_view> find_in_{}(Language language, std::string_view "
                   "key);\n\n"
                   "}}  // namespace {}_texts\n}}  // namespace minben::msg\n",
                   file.name, file.name);
}

std::string source_of(const File& file) {
  std::string out = fmt::format(
      "#include \"messages/{0}.hpp\"\n\nnamespace minben::msg {{\ninline namespace {0}_texts "
      "{{\n\n",
      file.name);
  for (const Message& message : file.messages) out += definition(message) + "\n";
  return out + lookup(file) +
         fmt::format("\n}}  // namespace {}_texts\n}}  // namespace minben::msg\n", file.name);
}

}  // namespace minben::messages
