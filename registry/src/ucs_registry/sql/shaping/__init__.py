"""Shapes as statements: one statement answers all questions of a shape, with JSON that the database has put together."""
