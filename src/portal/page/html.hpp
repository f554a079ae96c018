#pragma once
// HTML by type. Markup can only be a literal, every value escapes, addresses are checked. There is
// no function that writes raw text, so a page cannot be made to carry what somebody typed as
// markup.
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/core.hpp"

namespace minben::page {

namespace detail {
// Never defined: calling one of these in a constant expression is the compiler's error message.
void markup_has_inline_script();
void markup_has_inline_style();
void markup_has_event_handler();
void markup_leaves_attribute_unquoted();

consteval bool ends_with_address(std::string_view text) {
  for (std::string_view name : {" href=\"", " src=\"", " action=\"", " formaction=\"", "href=\""})
    if (text.ends_with(name)) return true;
  return false;
}

consteval void check_markup(std::string_view text) {
  // The content security policy allows no inline code; what it would block must not compile.
  for (std::size_t at = 0; (at = text.find("<script", at)) != text.npos; ++at)
    if (!text.substr(at).starts_with("<script type=\"module\" src=\"")) markup_has_inline_script();
  if (text.find("<style") != text.npos || text.find(" style=") != text.npos)
    markup_has_inline_style();
  for (std::size_t at = 0; (at = text.find(" on", at)) != text.npos; ++at) {
    std::size_t end = at + 3;
    while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
    if (end < text.size() && text[end] == '=') markup_has_event_handler();
  }
  if (text.ends_with('=')) markup_leaves_attribute_unquoted();
}
}  // namespace detail

/// A piece of HTML written by the programmer. Only a string literal converts to it, and a literal
/// with inline script, inline style, an event handler or an unquoted attribute does not compile.
class Markup {
 public:
  template <std::size_t N>
  consteval Markup(const char (&literal)[N])  // NOLINT: implicit on purpose
      : text_(literal, N - 1), awaits_address_(detail::ends_with_address(text_)) {
    detail::check_markup(text_);
  }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  [[nodiscard]] constexpr bool awaits_address() const { return awaits_address_; }

 private:
  std::string_view text_;
  bool awaits_address_;
};

/// `condition ? markup : nothing`, e.g. `page << "<input" << when(checked, " checked") << ">"`.
struct Conditional {
  std::optional<Markup> markup;
};
inline Conditional when(bool condition, Markup markup) {
  return {condition ? std::optional(markup) : std::nullopt};
}

/// An address that may stand in href, src, action or Location. Made only by the checked functions.
class Url {
 public:
  template <std::size_t N>
  consteval Url(const char (&literal)[N])  // NOLINT: implicit on purpose; "/…" or "#…" literals
      : fixed_(literal, N - 1) {
    if (N < 2 || (literal[0] != '/' && literal[0] != '#'))
      detail::markup_leaves_attribute_unquoted();
  }
  /// "/" + parts joined by "/", each percent-encoded: a part never adds a segment, query or
  /// scheme. Empty parts are left out.
  static Url path(std::initializer_list<std::string_view> parts);
  /// The same below the prefix of a language: "/en/cases/…".
  static Url page(Language language, std::initializer_list<std::string_view> parts);
  /// An address on another site: absolute https, or http to localhost (the demonstration). Anything
  /// else, user names, control characters and white space are refused ("bad_address").
  static Result<Url> outside(std::string_view address);
  /// The address of somebody's data, which pages only link to: as outside(), and http to any machine, since much of what
  /// agencies publish has no other.
  static Result<Url> published(std::string_view address);
  /// A place on this site that came from outside (a return address): a path with optional query.
  /// Refuses "//host", "/\host", schemes and control characters ("bad_address").
  static Result<Url> same_site(std::string_view address);
  /// "#id" on the same page.
  static Url anchor(std::string_view id);

  /// One or more parts further down, encoded likewise. For paths without query and fragment.
  [[nodiscard]] Url below(std::initializer_list<std::string_view> parts) const;
  /// With ?name=value or &name=value, both encoded. Not for addresses with a fragment.
  [[nodiscard]] Url with(std::string_view name, std::string_view value) const;
  [[nodiscard]] Url with_fragment(std::string_view id) const;
  [[nodiscard]] std::string_view text() const { return made_.empty() ? fixed_ : made_; }

 private:
  explicit Url(std::string made, int) : made_(std::move(made)) {}
  std::string_view fixed_;
  std::string made_;
};

/// What the Writer escapes. A `const char*` is neither a literal nor a value, and does not compile.
template <class T>
concept Text = std::same_as<std::remove_cvref_t<T>, std::string> ||
               std::same_as<std::remove_cvref_t<T>, std::string_view>;
template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

/// Grows one contiguous buffer. Not thread-safe; one per page.
class Writer {
 public:
  Writer() { buffer_.reserve(16u << 10); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& operator<<(Markup markup) {
    MINBEN_ASSERT(!awaits_address_);
    buffer_.append(markup.text());
    awaits_address_ = markup.awaits_address();
    return *this;
  }
  Writer& operator<<(const Conditional& conditional) {
    return conditional.markup ? *this << *conditional.markup : *this;
  }
  /// Escaped for text and for quoted attributes alike: & < > " '. Characters that HTML does not
  /// allow (C0 controls but tab and line ends) are left out.
  template <Text T>
  Writer& operator<<(const T& value) {
    MINBEN_ASSERT(!awaits_address_);  // an address attribute takes a Url, not a string
    escape(value);
    return *this;
  }
  template <Number N>
  Writer& operator<<(N value) {
    return *this << std::to_string(value);
  }
  template <std::same_as<Url> U>  // a template, so that a literal is markup and never an address
  Writer& operator<<(const U& url) {
    awaits_address_ = false;
    escape(url.text());
    return *this;
  }
  template <std::same_as<bool> B>
  Writer& operator<<(B) = delete;

  /// Each line of what somebody wrote, with <br> between: for messages and reasons.
  void lines(std::string_view text);

  [[nodiscard]] std::string_view text() const { return buffer_; }
  [[nodiscard]] std::string take() && { return std::move(buffer_); }

 private:
  void escape(std::string_view text);
  std::string buffer_;
  bool awaits_address_ = false;
};

/// Not owning: a function that writes a part of a page. Lives no longer than the call it is passed
/// to.
class Content {
 public:
  Content() : call_([](void*, Writer&) {}) {}
  template <class F>
    requires(std::invocable<F&, Writer&> && !std::same_as<std::remove_cvref_t<F>, Content>)
  Content(F&& function)  // NOLINT: implicit on purpose
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
        call_([](void* object, Writer& page) {
          (*static_cast<std::remove_reference_t<F>*>(object))(page);
        }) {}
  void operator()(Writer& page) const { call_(object_, page); }

 private:
  void* object_ = nullptr;
  void (*call_)(void*, Writer&);
};

}  // namespace minben::page
