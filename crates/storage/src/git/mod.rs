//! Nodes in a Git repository.
