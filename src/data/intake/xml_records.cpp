#include "xml_records.hpp"

#include <memory>

#include "xml.hpp"

namespace minben::intake {

namespace {

/// One path of element names, and how often it occurs.
struct Node {
  Node(std::string called, Node* above) : name(std::move(called)), parent(above) {}
  std::string name;
  Node* parent;
  std::vector<std::unique_ptr<Node>> children;
  std::int64_t count = 0;
  std::int64_t in_parent = 0;  // of the parent that is being read
  std::int64_t most = 0;       // in one parent
  bool structured = false;     // has elements or attributes

  Node* child(std::string_view called, bool& is_new) {
    for (const auto& one : children)
      if (one->name == called) return one.get();
    is_new = true;
    return children.emplace_back(std::make_unique<Node>(std::string(called), this)).get();
  }
};

/// First reading: which paths there are.
class Paths final : public XmlEvents {
 public:
  explicit Paths(std::size_t max_paths) : left_(max_paths) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    bool is_new = false;
    Node* node = at_->child(name, is_new);
    if (is_new && left_-- == 0)
      state_ = fail(Kind::too_large, "too_many_columns", "different elements");
    at_->structured = true;
    node->structured = node->structured || !attributes.empty();
    ++node->count;
    node->most = std::max(node->most, ++node->in_parent);
    for (const auto& child : node->children) child->in_parent = 0;
    at_ = node;
  }
  void end() override { at_ = at_->parent; }
  void text(std::string_view) override {}
  [[nodiscard]] const Result<void>& state() const override { return state_; }
  [[nodiscard]] const Node& root() const { return root_; }

 private:
  Node root_{"", nullptr};
  Node* at_ = &root_;
  std::size_t left_;
  Result<void> state_;
};

/// The outermost repeated element; of several beside each other the one that occurs most.
void find_record(const Node& node, bool structured, const Node*& best) {
  for (const auto& child : node.children) {
    if (child->most >= 2 && child->structured == structured) {
      if (best == nullptr || child->count > best->count) best = child.get();
    } else {
      find_record(*child, structured, best);
    }
  }
}

/// Without repetition: the element around the values is the one record.
const Node& single_record(const Node& root) {
  const Node* node = &root;
  while (node->children.size() == 1 && node->children[0]->structured)
    node = node->children[0].get();
  return *node;
}

std::vector<std::string> path_of(const Node& node) {
  std::vector<std::string> path;
  for (const Node* one = &node; one->parent != nullptr; one = one->parent)
    path.insert(path.begin(), one->name);
  return path;
}

/// Second reading.
class Extractor final : public XmlEvents {
 public:
  Extractor(std::vector<std::string> path, RecordWriter& out, std::size_t max_cell_bytes)
      : path_(std::move(path)), out_(out), max_cell_bytes_(max_cell_bytes) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    names_.emplace_back(name);
    if (!in_record_) {
      if (names_ != path_) return;
      in_record_ = true;
    } else {
      lengths_.push_back(name_.size());
      if (!name_.empty()) name_.push_back('.');
      name_.append(name);
    }
    leaf_ = true;
    text_.clear();
    empty_ = attribute(attributes, "nil") == "true";
    for (const auto& [key, value] : attributes)
      if (key != "nil" && key != "schemaLocation")
        out_.set(name_.empty() ? std::string(key) : name_ + "." + std::string(key), value);
  }

  void end() override {
    if (in_record_) {
      const bool whole = names_.size() == path_.size();
      const std::string_view value = trim(text_);
      if (leaf_ && !empty_ && !value.empty())
        out_.set(name_.empty() ? names_.back() : name_, value);
      else if (leaf_ && !whole) out_.column(name_);
      leaf_ = false;
      text_.clear();
      if (whole) {
        in_record_ = false;
        state_ = out_.end_record();
      } else {
        name_.resize(lengths_.back());
        lengths_.pop_back();
      }
    }
    names_.pop_back();
  }

  void text(std::string_view text) override {
    if (!in_record_) return;
    text_.append(text);
    if (text_.size() > max_cell_bytes_ && state_)
      state_ = fail(Kind::too_large, "cell_too_large", "Limits::max_cell_bytes");
  }
  [[nodiscard]] const Result<void>& state() const override { return state_; }

 private:
  std::vector<std::string> path_;
  RecordWriter& out_;
  std::size_t max_cell_bytes_;
  std::vector<std::string> names_;    // from the root
  std::string name_;                  // from the record, with dots
  std::vector<std::size_t> lengths_;  // of name_ further out
  std::string text_;
  bool in_record_ = false;
  bool leaf_ = false;
  bool empty_ = false;
  Result<void> state_;
};

}  // namespace

Result<void> write_xml_records(std::string_view text, RecordWriter& out, Inspection& inspection,
                               const Watch& watch) {
  Paths paths(watch.limits().max_columns * 4);
  MINBEN_CHECK(read_xml(text, paths, watch));
  const Node* record = nullptr;
  find_record(paths.root(), true, record);
  if (record == nullptr) find_record(paths.root(), false, record);
  if (record == nullptr) record = &single_record(paths.root());
  std::vector<std::string> path = path_of(*record);
  if (path.empty()) return not_a_table("XML without records");
  for (const std::string& name : path)
    inspection.layer += (inspection.layer.empty() ? "" : "/") + name;
  Extractor extractor(std::move(path), out, watch.limits().max_cell_bytes);
  MINBEN_CHECK(read_xml(text, extractor, watch));
  return out.records() > 0 ? Result<void>{} : not_a_table("XML without records");
}

}  // namespace minben::intake
