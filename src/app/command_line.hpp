#pragma once
// Private: command lines, in parts that are small enough to read.
#include <functional>

namespace CLI {
class App;
}

namespace minben::app {

/// What the command line asked for; run after parsing, so that every fault is reported first.
using Action = std::function<int()>;

/// Systems of others: `client` (the interface for machines), `openid` (signing people in), `mydata`
/// (asking people for their data).
void add_client_tools(CLI::App& cli, Action& action);
void add_openid_tools(CLI::App& cli, Action& action);
void add_mydata_tools(CLI::App& cli, Action& action);

}  // namespace minben::app
