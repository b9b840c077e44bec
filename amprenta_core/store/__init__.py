"""The only place that speaks SQL: SQLAlchemy Core for statements, binary COPY for rows."""
