#pragma once
// XML as a stream of events, in bounded memory: no external entities, and Expat's own bound on
// what entities may become.
#include <memory>

#include "watch.hpp"

namespace minben::intake {

using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;

/// Names come without their namespace's prefix, and without declarations of namespaces.
class XmlEvents {
 public:
  virtual ~XmlEvents() = default;
  virtual void begin(std::string_view name, const Attributes& attributes) = 0;
  virtual void end() = 0;
  virtual void text(std::string_view text) = 0;
  [[nodiscard]] virtual const Result<void>& state() const = 0;  ///< an error ends the reading
};

/// Takes a document in pieces, in UTF-8 whatever it declares. Not thread-safe.
class XmlReader {
 public:
  XmlReader(XmlEvents& events, const Watch& watch);
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;
  ~XmlReader();
  /// Errors: invalid "not_xml" with line and cause, too_large "too_deep", those of the events.
  Result<void> add(std::string_view piece, bool last);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

Result<void> read_xml(std::string_view text, XmlEvents& events, const Watch& watch);

/// The value of an attribute; empty when it is not there.
std::string_view attribute(const Attributes& attributes, std::string_view name);

}  // namespace minben::intake
