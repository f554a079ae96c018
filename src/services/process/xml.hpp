#pragma once
// BPMN files as XML with namespaces and line numbers, over pugixml. No entities, no DTD, no
// network.
#include <pugixml.hpp>

#include "core/core.hpp"

namespace minben::process {

inline constexpr std::string_view bpmn_namespace = "http://www.omg.org/spec/BPMN/20100524/MODEL";
inline constexpr std::string_view minben_namespace = "https://minben.tw/bpmn/1";

class XmlFile {
 public:
  static Result<std::unique_ptr<XmlFile>> parse(std::string_view text, std::string_view file);

  [[nodiscard]] pugi::xml_node root() const { return document_.document_element(); }
  [[nodiscard]] int line_of(pugi::xml_node node) const;
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  pugi::xml_document document_;
  std::string file_;
  std::vector<std::size_t> line_starts_;
};

/// Name without prefix when the element is in BPMN's namespace, otherwise "".
std::string_view bpmn_name(pugi::xml_node node);
/// An attribute in Minben's namespace, or "".
std::string_view minben_attribute(pugi::xml_node node, std::string_view name);
/// An attribute without prefix, trimmed, or "".
std::string_view attribute(pugi::xml_node node, const char* name);
/// All text and CDATA inside, trimmed.
std::string text_of(pugi::xml_node node);
/// A reference is a QName: its prefix says a namespace that is this file's own.
std::string_view local_part(std::string_view qname);

}  // namespace minben::process
