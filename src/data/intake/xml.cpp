#include "xml.hpp"

#include <expat.h>
#include <fmt/format.h>

namespace minben::intake {

namespace {

constexpr std::size_t piece_bytes = 1u << 20;

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

struct XmlReader::Implementation {
  XmlEvents& events;
  const Watch& watch;
  XML_Parser parser = XML_ParserCreate("UTF-8");
  std::size_t depth = 0;
  Attributes attributes;
  Result<void> error{};

  void stop(Result<void> why) {
    if (error) error = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }
  void check() {
    if (!events.state()) stop(events.state());
  }

  static void begin(void* self, const char* name, const char** pairs) {
    auto& my = *static_cast<Implementation*>(self);
    if (!my.error) return;
    if (++my.depth > my.watch.limits().max_depth)
      return my.stop(fail(Kind::too_large, "too_deep", "Limits::max_depth"));
    my.attributes.clear();
    for (; *pairs != nullptr; pairs += 2)
      if (const std::string_view key = pairs[0]; key != "xmlns" && !key.starts_with("xmlns:"))
        my.attributes.emplace_back(local_name(key), pairs[1]);
    my.events.begin(local_name(name), my.attributes);
    my.check();
  }
  static void end(void* self, const char*) {
    auto& my = *static_cast<Implementation*>(self);
    if (!my.error) return;
    --my.depth;
    my.events.end();
    my.check();
  }
  static void text(void* self, const char* data, int size) {
    auto& my = *static_cast<Implementation*>(self);
    if (!my.error) return;
    my.events.text({data, static_cast<std::size_t>(size)});
    my.check();
  }
};

XmlReader::XmlReader(XmlEvents& events, const Watch& watch)
    : implementation_(std::make_unique<Implementation>(events, watch)) {
  MINBEN_ASSERT(implementation_->parser != nullptr);
  XML_SetUserData(implementation_->parser, implementation_.get());
  XML_SetElementHandler(implementation_->parser, Implementation::begin, Implementation::end);
  XML_SetCharacterDataHandler(implementation_->parser, Implementation::text);
}

XmlReader::~XmlReader() { XML_ParserFree(implementation_->parser); }

Result<void> XmlReader::add(std::string_view piece, bool last) {
  XML_Parser parser = implementation_->parser;
  const XML_Status status =
      XML_Parse(parser, piece.data(), static_cast<int>(piece.size()), last ? XML_TRUE : XML_FALSE);
  MINBEN_CHECK(implementation_->error);
  if (status == XML_STATUS_OK) return implementation_->watch.check();
  const auto line = XML_GetCurrentLineNumber(parser);
  Error error{Kind::invalid, "not_xml", {}, {}, 0, 0};
  error.detail = fmt::format("line {}: {}", line, XML_ErrorString(XML_GetErrorCode(parser)));
  error.line = static_cast<int>(std::min<XML_Size>(line, INT32_MAX));
  return fail(std::move(error));
}

Result<void> read_xml(std::string_view text, XmlEvents& events, const Watch& watch) {
  XmlReader reader(events, watch);
  do {
    const std::string_view piece = text.substr(0, piece_bytes);
    text.remove_prefix(piece.size());
    MINBEN_CHECK(reader.add(piece, text.empty()));
  } while (!text.empty());
  return {};
}

std::string_view attribute(const Attributes& attributes, std::string_view name) {
  for (const auto& [key, value] : attributes)
    if (key == name) return value;
  return {};
}

}  // namespace minben::intake
