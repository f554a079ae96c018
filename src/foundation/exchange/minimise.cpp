#include "minimise.hpp"

#include "json_reader.hpp"

namespace minben::exchange {

namespace {

class Reducer {
 public:
  Reducer(std::string_view body, const FieldTree& fields)
      : reader_(body), fields_(fields), kept_(fields.fields().size()) {
    out_.reserve(body.size());
  }

  Result<Minimised> run() {
    const char first = reader_.peek();
    if (first == '{') object(fields_.root());
    else if (first == '[') elements([this] { return object_or_fail(); });
    else reader_.fail();
    if (!reader_.at_end() || reader_.failed())
      return fail(Kind::unavailable, "answer_not_minimisable",
                  "not a JSON object or list of objects");
    Minimised out{std::move(out_), {}};
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (kept_[i]) out.fields.push_back(fields_.fields()[i]);
    return out;
  }

 private:
  void object(const FieldTree::Node& node) {
    out_ += '{';
    bool first = true;
    reader_.object([&](std::string_view name, std::string_view spelling) {
      const std::uint32_t below = node.member(name);
      if (below == FieldTree::none) {
        reader_.value();
        return;
      }
      const std::size_t before = out_.size();
      if (!first) out_ += ',';
      out_.append(spelling) += ':';
      if (keep(fields_.node(below))) first = false;
      else out_.resize(before);
    });
    out_ += '}';
  }

  /// `element` steps over one and says whether something of it was written.
  template <class Element>
  void elements(Element element) {
    out_ += '[';
    bool first = true;
    reader_.array([&] {
      const std::size_t before = out_.size();
      if (!first) out_ += ',';
      if (element()) first = false;
      else out_.resize(before);
    });
    out_ += ']';
  }

  bool object_or_fail() {
    if (reader_.peek() == '{') object(fields_.root());
    else reader_.fail();
    return true;
  }

  /// Steps over the value; false when it has not the shape that the fields below `node` need.
  bool keep(const FieldTree::Node& node) {
    if (node.field != FieldTree::none) {
      kept_[node.field] = true;
      out_ += reader_.value();
      return true;
    }
    const char first = reader_.peek();
    if (first == '{' && !node.members.empty()) {
      object(node);
      return true;
    }
    if (first == '[' && node.element != FieldTree::none) {
      elements([&] { return keep(fields_.node(node.element)); });
      return true;
    }
    reader_.value();
    return false;
  }

  JsonReader reader_;
  const FieldTree& fields_;
  std::vector<bool> kept_;
  std::string out_;
};

}  // namespace

Result<Minimised> minimise(std::string_view body, const FieldTree& fields) {
  if (body.empty()) return Minimised{};
  return Reducer(body, fields).run();
}

Result<Minimised> minimise(std::string_view body, std::span<const std::string> fields) {
  return minimise(body, FieldTree(fields));
}

}  // namespace minben::exchange
