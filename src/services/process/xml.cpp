#include "xml.hpp"

namespace minben::process {

namespace {

std::string_view prefix_of(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}

/// Namespaces in XML 1.0 §6.1: the nearest declaration upwards.
std::string_view namespace_of(pugi::xml_node node, std::string_view prefix) {
  const std::string declared = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
  for (; node && node.type() == pugi::node_element; node = node.parent()) {
    if (const auto found = node.attribute(declared.c_str())) return found.value();
  }
  return {};
}

}  // namespace

std::string_view local_part(std::string_view qname) {
  const auto colon = qname.rfind(':');
  return colon == std::string_view::npos ? qname : qname.substr(colon + 1);
}

Result<std::unique_ptr<XmlFile>> XmlFile::parse(std::string_view text, std::string_view file) {
  if (!is_utf8(text))
    return fail(Error{Kind::invalid, "not_utf8", "BPMN files are UTF-8", std::string(file), 1, 0});
  auto result = std::make_unique<XmlFile>();
  result->file_ = file;
  result->line_starts_.push_back(0);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') result->line_starts_.push_back(at + 1);
  }
  const auto parsed = result->document_.load_buffer(text.data(), text.size(), pugi::parse_default,
                                                    pugi::encoding_utf8);
  if (parsed) return result;
  const auto& starts = result->line_starts_;
  const auto after =
      std::upper_bound(starts.begin(), starts.end(), static_cast<std::size_t>(parsed.offset));
  return fail(Error{Kind::invalid, "not_xml", parsed.description(), std::string(file),
                    static_cast<int>(after - starts.begin()), 0});
}

int XmlFile::line_of(pugi::xml_node node) const {
  const auto offset = node.offset_debug();
  if (offset < 0) return 0;
  const auto after =
      std::upper_bound(line_starts_.begin(), line_starts_.end(), static_cast<std::size_t>(offset));
  return static_cast<int>(after - line_starts_.begin());
}

std::string_view bpmn_name(pugi::xml_node node) {
  if (node.type() != pugi::node_element) return {};
  const std::string_view name = node.name();
  return namespace_of(node, prefix_of(name)) == bpmn_namespace ? local_part(name)
                                                               : std::string_view{};
}

std::string_view minben_attribute(pugi::xml_node node, std::string_view name) {
  for (const auto found : node.attributes()) {
    const std::string_view full = found.name();
    const auto prefix = prefix_of(full);
    if (prefix.empty() || local_part(full) != name) continue;
    if (namespace_of(node, prefix) == minben_namespace) return trim(found.value());
  }
  return {};
}

std::string_view attribute(pugi::xml_node node, const char* name) {
  return trim(node.attribute(name).value());
}

std::string text_of(pugi::xml_node node) {
  std::string text;
  for (const auto child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
      text += child.value();
  }
  return std::string(trim(text));
}

}  // namespace minben::process
